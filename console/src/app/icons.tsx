import type { ReactNode } from 'react';

/** Line icons of the console: 24-unit grid, drawn in the colour of the text beside them, hidden from screen readers. */
function Icon({ children, size = 18 }: { children: ReactNode; size?: number | undefined }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

interface IconProps {
  size?: number;
}

export const SunIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2v2M12 20v2M4 12H2M22 12h-2M5 5l1.5 1.5M17.5 17.5 19 19M5 19l1.5-1.5M17.5 6.5 19 5" />
  </Icon>
);
export const MoonIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />
  </Icon>
);
export const SendIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M4 12 20 4l-5 16-3.5-6.5L4 12Zm7.5 1.5L20 4" />
  </Icon>
);
export const SlashIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <rect x="3" y="3" width="18" height="18" rx="4" />
    <path d="m14 8-4 8" />
  </Icon>
);
export const PlusIcon = ({ size }: IconProps) => <Icon size={size}><path d="M12 5v14M5 12h14" /></Icon>;
export const SearchIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m20 20-4.2-4.2" />
  </Icon>
);
export const ClockIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7v5l3 2" />
  </Icon>
);
export const WarningIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M12 4 2.8 19.5h18.4L12 4ZM12 10v4.5M12 17v.2" />
  </Icon>
);
export const CheckIcon = ({ size }: IconProps) => <Icon size={size}><path d="m5 12.5 4.5 4.5L19 7.5" /></Icon>;
export const FileIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8l-5-5Zm0 0v5h5" />
  </Icon>
);
export const DownloadIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 20h14" />
  </Icon>
);
export const ArrowDownIcon = ({ size }: IconProps) => <Icon size={size}><path d="M12 5v14m0 0 6-6m-6 6-6-6" /></Icon>;
export const ChevronIcon = ({ size }: IconProps) => <Icon size={size}><path d="m9 6 6 6-6 6" /></Icon>;
export const OutwardIcon = ({ size }: IconProps) => <Icon size={size}><path d="M8 16 17 7m0 0H9.5M17 7v7.5" /></Icon>;
export const SlidersIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M4 7h9M19 7h1M4 17h1M11 17h9" />
    <circle cx="16" cy="7" r="2.5" />
    <circle cx="8" cy="17" r="2.5" />
  </Icon>
);
export const BotIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <rect x="4" y="8" width="16" height="11" rx="3.5" />
    <path d="M12 8V4.5M9 13v1M15 13v1M1.8 12.5v3M22.2 12.5v3" />
  </Icon>
);
export const DatabaseIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <ellipse cx="12" cy="6" rx="7.5" ry="3" />
    <path d="M4.5 6v12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3V6M4.5 12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3" />
  </Icon>
);
