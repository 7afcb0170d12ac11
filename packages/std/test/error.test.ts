import {
  assert,
  type ErrorCode,
  errorActions,
  HoldfastError,
  InvariantError,
  isErrorCode,
  isHoldfastError,
  unreachable,
} from "@holdfast/std";
import { describe, expect, test } from "vitest";

describe("HoldfastError", () => {
  test("carries its code, its sentence, its cause and what to do", () => {
    const cause = new Error("disk on fire");
    const error = new HoldfastError("io", "could not write log 7", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: "io", message: "could not write log 7", cause });
    expect(error.action).toBe(errorActions.io);
  });

  test("every code says what to do", () => {
    for (const [code, action] of Object.entries(errorActions)) {
      expect(code).toMatch(/^[a-z_]+$/);
      expect(action.length).toBeGreaterThan(5);
    }
  });

  test("isErrorCode knows the closed list, and nothing inherited", () => {
    expect(isErrorCode("corrupt")).toBe(true);
    expect(isErrorCode("toString")).toBe(false);
    expect(isErrorCode("")).toBe(false);
  });

  test("isHoldfastError asks for any of the codes", () => {
    const error = new HoldfastError("closed", "the store is closed");
    expect(isHoldfastError(error)).toBe(true);
    expect(isHoldfastError(error, "io", "closed")).toBe(true);
    expect(isHoldfastError(error, "io")).toBe(false);
    expect(isHoldfastError(new Error("closed"))).toBe(false);
    expect(isHoldfastError("closed")).toBe(false);
  });

  test("isHoldfastError works across copies of the library, and is not fooled by an unknown code", () => {
    const foreign = (code: string) => Object.assign(new Error(""), { name: "HoldfastError", code });
    expect(isHoldfastError(foreign("closed"), "closed")).toBe(true);
    expect(isHoldfastError(foreign("toString" as ErrorCode))).toBe(false);
  });
});

describe("assert", () => {
  test("throws an InvariantError that begins with the rule", () => {
    expect(() => assert(true, "X1: fine")).not.toThrow();
    expect(() => assert(false, "X1: broken")).toThrowError(InvariantError);
    expect(() => assert(false, "X1: broken")).toThrowError(/X1/);
  });

  test("unreachable throws", () => {
    expect(() => unreachable("surprise" as never)).toThrowError(/surprise/);
  });
});
