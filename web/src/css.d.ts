import 'react';

declare module 'react' {
  interface CSSProperties {
    '--avila-ratio'?: number;
    '--avila-joint'?: string;
  }
}
