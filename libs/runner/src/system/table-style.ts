const line = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '', 'top-mid': '', 'bottom-mid': '', middle: '  ' };
/** Tables without borders. */
export const plain = {
  style: { head: [], border: [] },
  chars: { ...line, top: '', bottom: '', left: '', right: '', 'top-left': '', 'top-right': '', 'bottom-left': '', 'bottom-right': '' },
};
