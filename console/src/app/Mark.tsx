/** The logo: a cloakroom ticket with a hat on it. The same drawing as mark.svg, in the page's colours. */
export function Mark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path
        fill="#0b5f59"
        d="M6 3h20a3 3 0 0 1 3 3v6.2a4 4 0 0 0 0 7.6V26a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3v-6.2a4 4 0 0 0 0-7.6V6a3 3 0 0 1 3-3Z"
      />
      <path fill="#fff" d="M11.2 17.2 12 10.6C12.2 9 13.6 8.2 16 8.2s3.8.8 4 2.4l.8 6.6q-4.8 1.5-9.6 0Z" />
      <path
        fill="#fff"
        d="M7.5 19.3c0-1 .9-1.7 2.2-2l.1 1.3q6.2 2 12.4 0l.1-1.3c1.3.3 2.2 1 2.2 2 0 2.1-3.8 3.6-8.5 3.6s-8.5-1.5-8.5-3.6Z"
      />
    </svg>
  );
}
