/** Documents of settings between the SDK's form and JSON, by the SDK's own models: times are texts, and nothing is there that the model has not. */
import { fieldsOf } from "@s3-credentials/policy";
import { NormalizedSchema } from "@smithy/core/schema";
import type { SchemaRef } from "@smithy/types";
import { isList, isObject, type Json, JsonNumber } from "../formats/json.ts";
import type { MemberProblem } from "./check-members.ts";

/** What the service answered, as plain data. */
export function documentFrom(schema: SchemaRef, value: unknown): unknown {
  const model = NormalizedSchema.of(schema);
  if (model.isListSchema())
    return Array.isArray(value) ? value.map((one) => documentFrom(model.getValueSchema(), one)) : [];
  if (model.isStructSchema()) {
    const members = fieldsOf(value);
    return Object.fromEntries(
      [...model.structIterator()].flatMap(([name, of]) =>
        members[name] === undefined || members[name] === null ? [] : [[name, documentFrom(of, members[name])]],
      ),
    );
  }
  return value instanceof Date ? value.toISOString().replace(".000Z", "Z") : value;
}

/** Plain data as the SDK takes it. */
export function inputFrom(schema: SchemaRef, value: unknown): object {
  const input = converted(schema, value);
  return typeof input === "object" && input !== null ? input : {};
}

function converted(schema: SchemaRef, value: unknown): unknown {
  const model = NormalizedSchema.of(schema);
  if (Array.isArray(value)) return value.map((one) => converted(model.getValueSchema(), one));
  if (typeof value === "object" && value !== null) {
    const members = new Map(model.structIterator());
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => {
        const of = members.get(name);
        return [name, of === undefined ? one : converted(of, one)];
      }),
    );
  }
  return model.isTimestampSchema() && typeof value === "string" ? new Date(value) : value;
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The SDK leaves out in silence what its model does not have, so that is found here. */
export function documentProblems(schema: SchemaRef, value: Json, pointer: string): readonly MemberProblem[] {
  const model = NormalizedSchema.of(schema);
  const wrong = (message: string): readonly MemberProblem[] => [{ pointer, message }];
  if (model.isListSchema())
    return isList(value)
      ? value.flatMap((one, at) => documentProblems(model.getValueSchema(), one, `${pointer}/${at}`))
      : wrong("it is not a list");
  if (model.isStructSchema()) {
    if (!isObject(value)) return wrong("it is not an object");
    const members = new Map(model.structIterator());
    return [...value].flatMap(([name, one]) => {
      const of = members.get(name);
      if (of !== undefined) return documentProblems(of, one, `${pointer}/${name}`);
      const names = [...members.keys()].join(", ");
      return [{ pointer: `${pointer}/${name}`, message: `there is no such member; they are ${names}` }];
    });
  }
  if (model.isBooleanSchema()) return typeof value === "boolean" ? [] : wrong("it is not true or false");
  if (model.isNumericSchema()) return value instanceof JsonNumber ? [] : wrong("it is not a number");
  if (model.isTimestampSchema())
    return typeof value === "string" && time.test(value) && !Number.isNaN(Date.parse(value))
      ? []
      : wrong("it is not a time like 2030-01-01T00:00:00Z");
  return typeof value === "string" ? [] : wrong("it is not a text");
}
