import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useLayoutEffect, useReducer, useState } from "preact/hooks";

/** The rows of a scrolled element that are in sight, and a few around them. */
export function useVirtual(count: number, element: () => HTMLElement | null, height: number): Virtualizer<HTMLElement, Element> {
  const [, redraw] = useReducer((number: number) => number + 1, 0);
  const options = {
    count, getScrollElement: element, estimateSize: () => height, overscan: 8, observeElementRect, observeElementOffset,
    scrollToFn: elementScroll, onChange: () => redraw(null),
  };
  const [virtual] = useState(() => new Virtualizer<HTMLElement, Element>(options));
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => virtual._willUpdate());
  return virtual;
}
