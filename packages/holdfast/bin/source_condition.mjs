// Makes imports of our packages lead to their sources; see holdfast.mjs.

export function resolve(specifier, context, nextResolve) {
  const conditions = [...context.conditions, "@holdfast/source"];
  return nextResolve(specifier, { ...context, conditions });
}
