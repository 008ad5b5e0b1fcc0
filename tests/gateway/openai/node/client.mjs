// The official Node client against a gateway: what it got back, as one line of JSON.
// node client.mjs URL PICTURE MASK, the key in OPENAI_API_KEY.
import { createReadStream } from 'node:fs';
import OpenAI, { toFile } from 'openai';

const [url, picture, mask] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, maxRetries: 0 });
const file = async (path) => toFile(createReadStream(path), 'picture.png', { type: 'image/png' });
const steps = { num_inference_steps: 6, seed: 3 };
const kinds = async (stream) => {
  const found = [];
  for await (const event of stream) found.push(event.type);
  return found;
};
const refusal = async (promise) => {
  try {
    await promise;
    return null;
  } catch (error) {
    return { name: error.constructor.name, status: error.status, param: error.param, code: error.code };
  }
};

const prompt = 'a red apple';
const made = await client.images.generate({ model: 'toy', prompt, size: '128x128', n: 2, ...steps });
const link = await client.images.generate({ model: 'dall-e-3', prompt, response_format: 'url', ...steps });
const edited = await client.images.edit({ model: 'gpt-image-1', prompt, image: await file(picture), ...steps });
const masked = await client.images.edit({ prompt, image: [await file(picture), await file(picture)], mask: await file(mask), ...steps });
const varied = await client.images.createVariation({ image: await file(picture), n: 2, size: '256x256' });
const streaming = { prompt, stream: true, partial_images: 2, num_inference_steps: 12 };

console.log(
  JSON.stringify({
    generated: made.data.map((data) => data.b64_json),
    link: link.data[0].url,
    edited: edited.data[0].b64_json,
    masked: masked.data[0].b64_json,
    varied: varied.data.map((data) => data.b64_json),
    streamed: await kinds(await client.images.generate(streaming)),
    streamedEdit: await kinds(await client.images.edit({ ...streaming, image: await file(picture) })),
    noModel: await refusal(client.images.generate({ model: 'nothing', prompt })),
    noSize: await refusal(client.images.edit({ prompt, image: await file(picture), size: '65x64' })),
    models: (await client.models.list()).data.map((model) => model.id),
  }),
);
