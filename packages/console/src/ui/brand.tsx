import type { ReactNode } from 'react';
import icon from '../icon.svg';

export function Brand(): ReactNode {
  return (
    <span className="brand">
      <img src={icon} alt="" width="24" height="24" /> Rollcall
    </span>
  );
}
