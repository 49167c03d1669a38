// Shows /openapi.json. Text goes in as text nodes only, so that nothing in it can act.

const BODY_KEYS_LAST = new Set(["agent", "request_id"]);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Paragraphs of a description, with what stands in backticks as code.
function told(text, kind = "told") {
  const paragraphs = text.split(/\n\n/).map((paragraph) => {
    const parts = paragraph.replaceAll("\n", " ").split("`");
    return element("p", {}, ...parts.map((part, at) => (at % 2 ? element("code", {}, part) : part)));
  });
  return element("div", { class: kind }, ...paragraphs);
}

function resolve(spec, schema) {
  const name = schema.$ref?.split("/").pop();
  return name ? { name, ...spec.components.schemas[name] } : schema;
}

function typeWords(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeWords))].join(" | ");
  if (schema.type === "array") return `[${typeWords(schema.items ?? {})}]`;
  if (schema.type === "object" && schema.additionalProperties) return `{name: ${typeWords(schema.additionalProperties)}}`;
  if (schema.format) return schema.format;
  return schema.type ?? "any JSON";
}

function limitWords(schema) {
  const found = [];
  const range = (least, most, unit) => {
    if (most !== undefined) found.push(`${least ?? 0} to ${most.toLocaleString("en")} ${unit}`);
  };
  range(schema.minLength, schema.maxLength, "characters");
  range(schema.minItems, schema.maxItems, "items");
  range(schema.minimum ?? schema.exclusiveMinimum, schema.maximum ?? schema.exclusiveMaximum, "");
  for (const part of schema.anyOf ?? []) found.push(...limitWords(part));
  return found;
}

function fieldTable(spec, schema, answered) {
  const fields = Object.entries(schema.properties ?? {});
  if (!fields.length) return element("p", { class: "soft" }, "No fields.");
  const required = new Set(schema.required ?? []);
  const head = answered ? ["field", "type"] : ["field", "type", "limits", "default"];
  const rows = fields.map(([name, field]) => {
    const type = element("td", {}, element("code", {}, typeWords(field)));
    const cells = [element("td", {}, element("code", {}, name)), type];
    if (!answered) {
      const fallback = required.has(name)
        ? element("span", { class: "required" }, "required")
        : element("code", {}, JSON.stringify(field.default) ?? "");
      cells.push(element("td", {}, limitWords(field).join("; ")), element("td", {}, fallback));
    }
    return element("tr", {}, ...cells);
  });
  return element("table", {},
    element("thead", {}, element("tr", {}, ...head.map((word) => element("th", { scope: "col" }, word)))),
    element("tbody", {}, ...rows));
}

function sample(spec, schema) {
  const whole = resolve(spec, schema);
  if (whole.default !== undefined && whole.default !== null) return whole.default;
  if (whole.enum) return whole.enum[0];
  if (whole.anyOf) return sample(spec, whole.anyOf[0]);
  if (whole.type === "array") return [sample(spec, whole.items ?? {})];
  if (whole.type === "integer" || whole.type === "number") return whole.minimum ?? 1;
  if (whole.type === "boolean") return true;
  if (whole.type === "object") return {};
  return whole.type === "string" ? "..." : null;
}

function curlOf(spec, path, method, operation) {
  const url = `${location.origin}${path}`;
  if (method === "get") return `curl '${url}'`;
  const body = resolve(spec, operation.requestBody.content["application/json"].schema);
  const wanted = (body.required ?? []).map((name) => [name, sample(spec, body.properties[name])]);
  return `curl '${url}' -H 'Authorization: Bearer '"$KEY" \\\n  -d '${JSON.stringify(Object.fromEntries(wanted))}'`;
}

function answers(spec, operation) {
  const schema = operation.responses["200"].content["application/json"].schema;
  const parts = (schema.anyOf ?? [schema]).map((part) => resolve(spec, part));
  return parts.flatMap((part) => [
    element("p", {}, element("span", { class: "status" }, "200 "), element("code", {}, part.title ?? part.name)),
    told(part.description ?? "", "told soft"),
    fieldTable(spec, part, true),
  ]);
}

function refusals(spec, operation) {
  const rows = Object.entries(operation.responses).filter(([status]) => status !== "200").flatMap(([status, response]) =>
    [...response.description.matchAll(/`(\w+)`/g)].map(([, code]) => {
      const told = spec["x-refusals"][code];
      return element("tr", {}, element("td", {}, status), element("td", {}, element("code", {}, code)),
        element("td", {}, `${told.meaning} `, element("span", { class: "soft" }, told.hint)));
    }));
  return element("details", {}, element("summary", {}, `Refusals (${rows.length})`), element("table", {}, element("tbody", {}, ...rows)));
}

function orderedFields(schema) {
  const entries = Object.entries(schema.properties ?? {});
  const late = (name) => BODY_KEYS_LAST.has(name);
  entries.sort(([left], [right]) => late(left) - late(right));
  return { ...schema, properties: Object.fromEntries(entries) };
}

function sectionOf(spec, path, method, operation) {
  const name = operation.operationId;
  const section = element("section", { id: name });
  section.append(element("h2", {}, element("span", { class: `method ${method}` }, method.toUpperCase()), element("a", { href: `#${name}` }, path)));
  section.append(told(operation.description ?? ""));
  if (method === "post") {
    const body = resolve(spec, operation.requestBody.content["application/json"].schema);
    section.append(fieldTable(spec, orderedFields(body), false));
  } else {
    const properties = Object.fromEntries(operation.parameters.map((each) => [each.name, each.schema]));
    const required = operation.parameters.filter((each) => each.required).map((each) => each.name);
    section.append(fieldTable(spec, { properties, required }, false));
  }
  section.append(element("pre", {}, element("code", {}, curlOf(spec, path, method, operation))));
  const answered = element("details", {}, element("summary", {}, "Answer"), ...answers(spec, operation));
  section.append(answered, refusals(spec, operation));
  section.dataset.words = `${path} ${operation.description} ${section.textContent}`.toLowerCase();
  return section;
}

function valueSection(spec, name, schema) {
  const section = element("section", { id: name });
  section.append(element("h2", {}, element("a", { href: `#${name}` }, name)));
  section.append(told(schema.description ?? ""), fieldTable(spec, schema, false));
  section.dataset.words = `${name} ${schema.description}`.toLowerCase();
  return section;
}

function show(spec) {
  const content = document.getElementById("content");
  const index = document.getElementById("index");
  document.getElementById("version").textContent = spec.info.version;
  content.replaceChildren(told(spec.info.description));
  const chapters = new Map();
  const used = new Set();
  for (const [path, methods] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const chapter = operation.tags?.[0] ?? "other";
      if (!chapters.has(chapter)) chapters.set(chapter, []);
      chapters.get(chapter).push([path, method, operation]);
      const schema = operation.requestBody?.content["application/json"]?.schema;
      if (schema) used.add(resolve(spec, schema).name);
      for (const part of Object.values(operation.responses?.["200"]?.content ?? {})) {
        for (const each of part.schema?.anyOf ?? [part.schema]) used.add(resolve(spec, each ?? {}).name);
      }
    }
  }
  const listed = (id, text) => {
    const link = element("a", { href: `#${id}` }, text);
    link.dataset.target = id;
    index.append(link);
  };
  for (const [chapter, operations] of chapters) {
    index.append(element("h2", {}, chapter));
    for (const [path, method, operation] of operations) {
      listed(operation.operationId, method === "post" ? path.replace("/v1/", "") : `GET ${path}`);
      content.append(sectionOf(spec, path, method, operation));
    }
  }
  index.append(element("h2", {}, "values"));
  for (const [name, schema] of Object.entries(spec.components.schemas)) {
    if (used.has(name)) continue;
    listed(name, name);
    content.append(valueSection(spec, name, schema));
  }
}

function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !words.every((word) => section.dataset.words.includes(word));
  }
  for (const link of document.querySelectorAll("nav a")) {
    link.hidden = document.getElementById(link.dataset.target).hidden;
  }
}

const field = document.getElementById("search");
field.addEventListener("input", () => search(field.value));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== field) {
    event.preventDefault();
    field.focus();
  }
});

try {
  const answer = await fetch("/openapi.json");
  show(await answer.json());
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch (error) {
  document.getElementById("state").textContent = `The description cannot be read: ${error.message}`;
}
