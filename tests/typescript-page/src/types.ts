// What the compiler must and must not take. Never run: each `@ts-expect-error` is an error of its
// own where the line below it has none.
import { sample, type Item } from "sample-backend/sample";
import { sampleEvents } from "sample-backend/sample-events";
import { sampleNews } from "sample-backend/sample-news";
import { everything, type Plain, type PlainInput, type Shape, type Tree } from "sample-backend/everything";
import type { Bytes, Integer, Stream } from "sample-backend";

/** Compiles where both are one type. */
const same = <A, B>(..._same: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? [] : [never]): void => {};

export const checked = async (): Promise<void> => {
  same<Awaited<ReturnType<typeof sample.add>>, number>();
  same<Awaited<ReturnType<typeof sample.after>>, Integer>();
  same<Awaited<ReturnType<typeof sample.reversed>>, Bytes>();
  same<Awaited<ReturnType<typeof sample.nothing>>, void>();
  same<Awaited<ReturnType<typeof sample.echo>>, unknown>();
  same<ReturnType<typeof sample.endless>, Stream<Item>>();
  same<Awaited<ReturnType<typeof everything.maps>>, Record<string, Plain>>();
  same<Awaited<ReturnType<typeof everything.enums>>, "red" | "dark-blue">();
  same<Plain["secondField"], number>();
  same<PlainInput["secondField"], number | undefined>();

  await sample.add(1, 2, { deadline: 10, signal: AbortSignal.timeout(10) });
  await sample.greet("Hello", null);
  await sample.after(5n);
  await sample.reversed(new Float32Array(2));
  await sampleNews.said(1);
  sampleEvents.onTold((number, data) => same<[typeof number, typeof data], [number, Bytes]>());

  // @ts-expect-error an argument is missing
  await sample.add(1);
  // @ts-expect-error an argument is of another type
  await sample.add(1, "2");
  // @ts-expect-error there is no such method
  await sample.multiply(1, 2);
  // @ts-expect-error there is no such option
  await sample.add(1, 2, { timeout: 10 });
  // @ts-expect-error text is not bytes
  await sample.reversed("text");
  // @ts-expect-error a stream is not awaited for its items
  const numbers: number[] = await sample.numbers(3);
  // @ts-expect-error an integer of 64 bits may be a bigint
  const after: number = await sample.after(1);
  // @ts-expect-error a listener gets a number first
  sampleEvents.onTold((number: string) => number);

  const shapes: Shape[] = [
    "Empty",
    { One: 1n },
    { Two: [1, "a"] },
    { Named: { width: 1 } },
    // @ts-expect-error there is no such variant
    "Full",
    // @ts-expect-error two fields are two
    { Two: [1] },
    // @ts-expect-error a field is missing
    { Named: { height: 1 } },
  ];
  const tree: Tree = { branches: [{ Fork: [{ Tree: { branches: [] } }, { Tree: { branches: [] } }] }] };
  await everything.trees(tree);
  await everything.enums("Bare", { kind: "On", level: 3 }, { firstField: "a", id: 1 });
  // @ts-expect-error the tag says that there is no level
  await everything.enums("Bare", { kind: "Off", level: 3 }, "text");
  await everything.numbers([1, 2, 3, 4], [1, 2, 3n, 4], [0.5, 1]);
  // @ts-expect-error a tuple has its length
  await everything.numbers([1, 2, 3], [1, 2, 3n, 4], [0.5, 1]);
  void [numbers, after, shapes];
};
