#!/usr/bin/env node
// Builds a plugin: `node build.js create-order/index.js -o create_order.wasm`.

import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PACKAGE = dirname(realpathSync(fileURLToPath(import.meta.url)));
// What a plugin does not run: tools, and this package, which is put in separately.
const LEFT_OUT = new Set(["taskbox-task", "componentize-qjs", "@andreiltd", "typescript"]);
const isCode = (path) => /\.(js|mjs|cjs|json)$/.test(path) || statSync(path).isDirectory();
const isLeftOut = (path) => /\/\.[^/]*$/.test(path) || LEFT_OUT.has(basename(path)) || !isCode(path);

// While a component is built, its tool offers its own wasi:io, whose streams are not those of the wasi:http that it stubs,
// and it refuses the mixture. Under names of the same length that it does not know it stubs all of them, and the names are
// set right in the component. The version differs from that of the runtime's own imports, so that no name is there twice.
const hide = (text) => text.replace(/wasi:(http|io|clocks|random)/g, "wasj:$1").replaceAll("0.2.12", "0.2.10");
const show = (component) => Buffer.from(component.toString("latin1").replace(/wasj:(http|io|clocks|random)/g, "wasi:$1"), "latin1");

async function build(entry, output) {
  const root = mkdtempSync(join(tmpdir(), "taskbox-build-"));
  try {
    const app = dirname(resolve(entry));
    cpSync(app, join(root, "app"), { recursive: true, dereference: true, filter: (path) => path === app || !isLeftOut(path) });
    const sdk = join(root, "node_modules", "taskbox-task");
    for (const part of ["package.json", "index.js", "src"]) cpSync(join(PACKAGE, part), join(sdk, part), { recursive: true });
    cpSync(realpathSync(join(PACKAGE, "wit")), join(root, "wit"), { recursive: true, dereference: true });
    rewrite(join(root, "wit"));
    for (const name of ["exchange.js", "random.js"]) rewrite(join(sdk, "src", name));
    const main = `./app/${relative(app, resolve(entry))}`;
    const source = `import ${JSON.stringify(main)};\nexport { task } from "./node_modules/taskbox-task/src/wasm.js";\n`;
    writeFileSync(join(root, "plugin.js"), source);
    const { componentize } = await tool(app);
    const { component } = await componentize({
      witPath: join(root, "wit"), world: "plugin", jsPath: join(root, "plugin.js"), jsSource: source, moduleRoot: root, sync: true,
    });
    writeFileSync(output, show(Buffer.from(component)));
    console.log(`${output}: ${statSync(output).size} bytes`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function rewrite(path) {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) rewrite(join(path, name));
  else writeFileSync(path, hide(readFileSync(path, "utf8")));
}

// componentize-qjs of the plugin, or of the directory that the command runs in.
async function tool(app) {
  for (const place of [app, process.cwd(), PACKAGE]) {
    try {
      return await import(pathToFileURL(createRequire(join(place, "x.js")).resolve("componentize-qjs")));
    } catch {
      continue;
    }
  }
  throw new Error("componentize-qjs is not installed: npm install --save-dev componentize-qjs@0.4.5");
}

const [entry, flag, output] = process.argv.slice(2);
if (!entry || flag !== "-o" || !output) {
  console.error("usage: taskbox-build ENTRY.js -o OUTPUT.wasm");
  process.exit(2);
}
try {
  await build(entry, output);
} catch (error) {
  // What the tool says about the plugin, whose files it knows below /app, without the stack of the tool itself.
  const folder = relative(process.cwd(), dirname(resolve(entry)));
  const named = error.message.replace(/(\S*taskbox-build-\w+)?\/app\//g, folder && `${folder}/`);
  console.error(named.replace(/^: /, "").trimEnd());
  process.exit(1);
}
