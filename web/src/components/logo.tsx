/** The product's mark; decorative, since its name stands beside it. */
export function Logo({ size = 28 }: { size?: number }) {
  return <img src="/icons/icon.svg" width={size} height={size} alt="" />;
}
