//! Components that a compiler would not be done with for a long time, and components that keep it busy just
//! so long. Each is a plugin that fits with one more module in it, which nothing ever runs.

/// The begin of every module.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

const TYPE_SECTION: u8 = 1;
const FUNCTION_SECTION: u8 = 3;
const EXPORT_SECTION: u8 = 7;
const CODE_SECTION: u8 = 10;

/// Where a component holds a module.
const MODULE_SECTION: u8 = 1;

const LOOP: [u8; 2] = [0x03, 0x40];
const END: u8 = 0x0b;
const I32: u8 = 0x7f;

/// One type: a function without parameters and results.
const NO_VALUES: [u8; 4] = [1, 0x60, 0, 0];

/// `(if (i32.const 0) (then))`
const EMPTY_IF: [u8; 5] = [0x41, 0, 0x04, 0x40, END];

/// 46 KB of loops within loops.
pub fn nested_loops(plugin: &[u8]) -> Vec<u8> {
    let depth = 15_600;
    with_functions(plugin, 1, &Function { locals: 0, code: [LOOP.repeat(depth), vec![END; depth]].concat() })
}

/// A million functions that do nothing.
pub fn a_million_functions(plugin: &[u8]) -> Vec<u8> {
    with_functions(plugin, 1_000_000, &Function { locals: 0, code: Vec::new() })
}

/// A function with 600,000 `if`s.
pub fn many_ifs(plugin: &[u8]) -> Vec<u8> {
    with_functions(plugin, 1, &Function { locals: 0, code: EMPTY_IF.repeat(600_000) })
}

/// Of ordinary functions so many that compiling them takes long: each is counted as nothing special.
pub fn many_functions(plugin: &[u8], count: usize) -> Vec<u8> {
    // (if (local.get 0) (then (local.set 1 (i32.add (local.get 2) (i32.const 1))))), for several locals
    let step =
        |local: u8| [0x20, 0, 0x04, 0x40, 0x20, local % 7 + 1, 0x41, 1, 0x6a, 0x21, local % 5 + 1, END];
    let code = (0..100).flat_map(step).collect();
    with_functions(plugin, count, &Function { locals: 8, code })
}

/// A module that is not valid for a reason that takes long to say: it exports a name of so many bytes twice.
pub fn long_name_twice(plugin: &[u8], name_bytes: usize) -> Vec<u8> {
    let export = [&leb(name_bytes)[..], &vec![b'x'; name_bytes], &[0, 0]].concat();
    let module = [
        MODULE.to_vec(),
        section(TYPE_SECTION, &NO_VALUES),
        section(FUNCTION_SECTION, &[1, 0]),
        section(EXPORT_SECTION, &[&[2], &export[..], &export].concat()),
        section(CODE_SECTION, &[1, 2, 0, END]),
    ];
    with_module(plugin, &module.concat())
}

struct Function {
    locals: usize,
    code: Vec<u8>,
}

/// This plugin with one more module, of so many functions that are all like this one.
fn with_functions(plugin: &[u8], count: usize, function: &Function) -> Vec<u8> {
    let body = [&[1], &leb(function.locals)[..], &[I32], &function.code, &[END]].concat();
    let body = [leb(body.len()), body].concat();
    let module = [
        MODULE.to_vec(),
        section(TYPE_SECTION, &NO_VALUES),
        section(FUNCTION_SECTION, &[leb(count), vec![0; count]].concat()),
        section(CODE_SECTION, &[leb(count), body.repeat(count)].concat()),
    ];
    with_module(plugin, &module.concat())
}

fn with_module(plugin: &[u8], module: &[u8]) -> Vec<u8> {
    [plugin, &section(MODULE_SECTION, module)].concat()
}

fn section(id: u8, body: &[u8]) -> Vec<u8> {
    [&[id], &leb(body.len())[..], body].concat()
}

/// A number as WebAssembly writes it, seven bits a byte.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("seven bits"));
    bytes
}
