export interface AlignOptions {
  /** What parts the columns; a tab unless told. */
  separator?: string;
  /** Blanks between two columns; 2 unless told. */
  gap?: number;
}

export function align(text: string, options?: AlignOptions): string;
