/** Templates with typed placeholders: a small form fills them, the result goes into the prompt. */

export const TEMPLATES = [
  {
    key: 'portrait',
    text: 'professional portrait of a {subject}, studio lighting, 85mm lens, f/1.4, sharp focus, 4k',
    placeholder: 'subject',
  },
  {
    key: 'landscape',
    text: 'breathtaking landscape of {location}, golden hour, dramatic clouds, ultra wide angle, 4k',
    placeholder: 'location',
  },
  {
    key: 'product',
    text: '{product} on white background, studio lighting, commercial photography, 4k',
    placeholder: 'product',
  },
] as const;

export type Template = (typeof TEMPLATES)[number];

export const fillTemplate = (template: Template, value: string): string =>
  template.text.replace(`{${template.placeholder}}`, value.trim().replace(/\s+/g, ' '));
