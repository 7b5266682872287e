import { templates } from './app';

/** What changes with every line of a handler says nothing about the template. */
const withoutAssetHashes = (template: object): object =>
  JSON.parse(
    JSON.stringify(template)
      .replaceAll(/[0-9a-f]{64}/g, '<hash>')
      .replaceAll(/(CurrentVersion|OnnxRuntime|LayerVersion)[0-9A-F]{8}[0-9a-f]{32}/g, '$1<hash>'),
  );

test.each(Object.entries(templates()))('the %s template is the one that was reviewed', (_name, template) => {
  expect(withoutAssetHashes(template.toJSON())).toMatchSnapshot();
});
