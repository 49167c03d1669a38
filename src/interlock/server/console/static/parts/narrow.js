/** Whether the page is as narrow as a telephone. */
import { useEffect, useState } from "../view.js";

const NARROW = matchMedia("(max-width: 760px)");

export function useNarrow() {
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const look = () => setNarrow(NARROW.matches);
    NARROW.addEventListener("change", look);
    return () => NARROW.removeEventListener("change", look);
  }, []);
  return isNarrow;
}
