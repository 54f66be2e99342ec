import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** A deep bottle green; white on shade 8 has a contrast of 7.5. */
const bottle: MantineColorsTuple = [
  '#e8f5f2', '#d3e9e4', '#a8d5cc', '#7bc1b4', '#56af9f', '#3ea391', '#2a8f7e', '#187a6b', '#0b5f59', '#064a45',
];

/** Mantine's greys of the dark theme, in the console's tint: text first, the darkest background last. */
const dark: MantineColorsTuple = [
  '#e5ebe9', '#b3bfbb', '#9fada9', '#6d7a77', '#3c4845', '#2a3432', '#1c2423', '#151b1a', '#0e1312', '#0a0e0d',
];

const sans = "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif";

export const theme = createTheme({
  primaryColor: 'bottle',
  colors: { bottle, dark },
  // Lighter shades miss WCAG AA with white text.
  primaryShade: 8,
  fontFamily: sans,
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, Menlo, Consolas, monospace",
  headings: { fontFamily: sans, fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
});

/** Maps Mantine's surfaces and text to the console's tokens (tokens.css), so both change together. */
const surfaces = {
  '--mantine-color-body': 'var(--hc-surface)',
  '--mantine-color-text': 'var(--hc-text)',
  '--mantine-color-dimmed': 'var(--hc-dim)',
  '--mantine-color-placeholder': 'var(--hc-dim)',
  '--mantine-color-default-border': 'var(--hc-line-strong)',
  '--mantine-color-anchor': 'var(--hc-link)',
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...surfaces, '--mantine-color-error': '#b3261e' },
  dark: {
    ...surfaces,
    '--mantine-color-default': 'var(--hc-raised)',
    '--mantine-color-default-hover': 'var(--hc-hover)',
    '--mantine-color-error': '#ff9d94',
  },
});
