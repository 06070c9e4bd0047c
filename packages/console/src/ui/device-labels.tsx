import type { ReactNode } from 'react';

export function DeviceLabels({ labels }: { readonly labels: Readonly<Record<string, string>> }): ReactNode {
  return Object.entries(labels).map(([key, value]) => (
    <span key={key} className="label-chip">
      {key}={value}
    </span>
  ));
}
