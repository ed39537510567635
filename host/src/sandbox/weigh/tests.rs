use super::*;

const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

const BLOCK: &[u8] = &[0x02, 0x40];
const LOOP: &[u8] = &[0x03, 0x40];
const END: &[u8] = &[0x0b];
/// `(if (i32.const 0) (then))`
const EMPTY_IF: &[u8] = &[0x41, 0, 0x04, 0x40, 0x0b];

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}

fn section(id: u8, body: &[u8]) -> Vec<u8> {
    [&[id], &leb(body.len())[..], body].concat()
}

/// A component with one module of so many functions, all of type 0, that have `locals` and this code.
fn component(types: &[u8], functions: usize, locals: usize, code: &[u8]) -> Vec<u8> {
    let body = [&[1][..], &leb(locals), &[0x7f], code, END].concat();
    let body = [leb(body.len()), body].concat();
    let module = [
        MODULE.to_vec(),
        section(1, types),
        section(3, &[leb(functions), vec![0; functions]].concat()),
        section(10, &[leb(functions), body.repeat(functions)].concat()),
    ];
    [COMPONENT, &section(1, &module.concat())].concat()
}

/// One type: a function without parameters and results.
const NO_VALUES: &[u8] = &[1, 0x60, 0, 0];

fn one_function(code: &[u8]) -> Vec<u8> {
    component(NO_VALUES, 1, 0, code)
}

fn nested(open: &[u8], depth: usize) -> Vec<u8> {
    [open.repeat(depth), END.repeat(depth)].concat()
}

fn reason(component: &[u8]) -> String {
    check(component).expect_err("it must be refused").to_string()
}

#[test]
fn what_people_write_passes_and_is_counted() {
    let code = [nested(LOOP, 3), nested(BLOCK, 5), EMPTY_IF.repeat(7)].concat();
    let weight = check(&component(NO_VALUES, 2, 10, &code)).unwrap();
    assert_eq!((weight.modules, weight.functions, weight.entries), (2, 2, 1));
    let heaviest = weight.heaviest;
    // The function itself is a block as well.
    assert_eq!((heaviest.loops, heaviest.nesting, heaviest.blocks), (3, 6, 16));
    assert_eq!((heaviest.meetings, heaviest.values), (160, 0));
}

#[test]
fn a_function_with_too_much_of_something_is_refused_with_the_limit_and_what_it_has() {
    let loops = reason(&one_function(&nested(LOOP, 23_000)));
    assert!(
        loops.contains("function 0") && loops.contains("23000 nested loops, more than the 100"),
        "{loops}"
    );
    let blocks = reason(&one_function(&nested(BLOCK, 10_000)));
    assert!(blocks.contains("10001 nested blocks"), "{blocks}");
    let ifs = reason(&one_function(&EMPTY_IF.repeat(600_000)));
    assert!(ifs.contains("600001 blocks and branches"), "{ifs}");
    let locals = reason(&component(NO_VALUES, 1, 40_000, &EMPTY_IF.repeat(10_000)));
    assert!(locals.contains("locals times blocks"), "{locals}");
    let bytes = reason(&one_function(&[0x01].repeat(5 << 20)));
    assert!(bytes.contains("bytes of code"), "{bytes}");
}

#[test]
fn values_that_short_instructions_pass_are_counted() {
    // One type: it takes a thousand values and gives as many.
    let thousand = [leb(1_000), vec![0x7f; 1_000]].concat();
    let types = [&[1, 0x60][..], &thousand, &thousand].concat();
    for (what, instruction) in [
        ("a call", &[0x10, 0][..]),
        ("an indirect call", &[0x11, 0, 0]),
        ("a call of a reference", &[0x14, 0]),
        ("a call in the end", &[0x12, 0]),
        ("an indirect call in the end", &[0x13, 0, 0]),
        ("a call of a reference in the end", &[0x15, 0]),
        ("a branch", &[0x0d, 0]),
        ("a branch on null", &[0xd5, 0]),
        ("a branch on what is not null", &[0xd6, 0]),
        ("a branch on a cast", &[0xfb, 24, 0, 0, 0x70, 0x70]),
        ("a branch on no cast", &[0xfb, 25, 0, 0, 0x70, 0x70]),
        ("a return", &[0x0f]),
        ("a block", &[0x02, 0, 0x0b]),
        ("a block with a handler", &[0x1f, 0x40, 1, 2, 0, 0x0b]),
        ("an array", &[0xfb, 8, 0, 0x90, 0x4e]),
    ] {
        let values = reason(&component(&types, 1, 0, &instruction.repeat(1_000)));
        assert!(values.contains("values passed by calls and branches"), "{what}: {values}");
    }
}

#[test]
fn every_instruction_that_branches_counts_as_a_branch() {
    for (what, instruction) in [
        ("a branch", &[0x0d, 0][..]),
        ("a branch on null", &[0xd5, 0]),
        ("a branch on what is not null", &[0xd6, 0]),
        ("a branch on a cast", &[0xfb, 24, 0, 0, 0x70, 0x70]),
        ("a return", &[0x0f]),
        ("a block with a handler", &[0x1f, 0x40, 0, 0x0b]),
    ] {
        let blocks = reason(&one_function(&instruction.repeat(200_000)));
        assert!(blocks.contains("200001 blocks and branches"), "{what}: {blocks}");
    }
}

#[test]
fn a_struct_of_many_fields_is_made_of_many_values() {
    let fields = [leb(1_000), [0x7f, 0].repeat(1_000)].concat();
    let types = [&[2, 0x60, 0, 0, 0x5f][..], &fields].concat();
    let values = reason(&component(&types, 1, 0, &[0xfb, 0, 1].repeat(1_000)));
    assert!(values.contains("values passed by calls and branches"), "{values}");
}

#[test]
fn a_component_of_too_many_parts_is_refused() {
    let functions = reason(&component(NO_VALUES, 1_000_000, 0, &[]));
    assert!(functions.contains("1000000 functions, more than the 150000"), "{functions}");
    let modules = [COMPONENT, &section(1, MODULE).repeat(2_000)].concat();
    assert!(reason(&modules).contains("modules and components"));
    let nested = (0..30).fold(COMPONENT.to_vec(), |inner, _| [COMPONENT, &section(4, &inner)].concat());
    assert!(reason(&nested).contains("levels of components"));
    let types = [&leb(200_000)[..], &[0x60, 0, 0].repeat(200_000)].concat();
    assert!(reason(&component(&types, 0, 0, &[])).contains("types, imports"));
}

#[test]
fn what_cannot_be_read_is_no_component() {
    let whole = one_function(&nested(LOOP, 3));
    assert!(reason(&whole[..whole.len() - 3]).contains("not a valid component"));
    // A branch to nowhere passes nothing: it is the compiler's to refuse.
    assert!(check(&one_function(&[0x0c, 9])).is_ok_and(|weight| weight.heaviest.values == 0));
}

#[test]
fn initial_data_is_what_a_new_instance_is_written_with_in_all_modules() {
    // (data (i32.const 0) "...") of 300 bytes, and a passive one of 200, which only the code writes.
    let active = [&[0, 0x41, 0, 0x0b][..], &leb(300), &[b'x'; 300]].concat();
    let passive = [&[1][..], &leb(200), &[b'y'; 200]].concat();
    let module =
        [MODULE, &section(5, &[1, 0, 1]), &section(11, &[&[2][..], &active, &passive].concat())].concat();
    let component = [COMPONENT, &section(1, &module).repeat(2)].concat();
    assert_eq!(check(&component).unwrap().data, 600);
    assert_eq!(initial_data(&component), ByteSize(600));
    assert_eq!(initial_data(b"no component"), ByteSize(0));
}
