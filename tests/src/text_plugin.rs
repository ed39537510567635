//! Plugins in the text format of WebAssembly, for what a compiler does not write.

/// A component with the exports of a plugin and nothing else.
///
/// At 0 of its memory is the answer of `describe`, a list of one task, at 16 the task, at 128 its name, `send`. What its
/// host hands over comes to 4096 and behind.
pub struct TextPlugin<'a> {
    /// Pages of its memory, of 64 KiB.
    pub pages: u32,
    /// What its memory holds besides: segments.
    pub data: &'a str,
    /// The body of `describe`, which leaves the place of its answer on the stack.
    pub describe: &'a str,
    /// The body of `run`, which has the place of its arguments in `$arguments`, a local `$at`, and leaves the place of its
    /// answer on the stack.
    pub run: &'a str,
}

impl Default for TextPlugin<'_> {
    fn default() -> Self {
        Self { pages: 1, data: "", describe: "i32.const 0", run: "unreachable" }
    }
}

impl TextPlugin<'_> {
    /// The component.
    pub fn component(&self) -> Vec<u8> {
        let Self { pages, data, describe, run } = self;
        let text = format!(
            r#"(component
        (core module $code
          (memory (export "memory") {pages})
          (global $next (mut i32) (i32.const 4096))
          (data (i32.const 0) "\10\00\00\00\01\00\00\00")
          (data (i32.const 16) "\80\00\00\00\04\00\00\00")
          (data (i32.const 128) "send")
          {data}
          (func (export "describe") (result i32) {describe})
          (func (export "run") (param $arguments i32) (result i32) (local $at i32) {run})
          (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and
              (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
              (i32.sub (i32.const 0) (local.get $align))))
            (global.set $next (i32.add (local.get $at) (local.get $size)))
            (local.get $at)))
        (core instance $core (instantiate $code))
        (alias core export $core "memory" (core memory $memory))
        (alias core export $core "realloc" (core func $realloc))
        (type $spec-type (record
          (field "name" string) (field "description" string)
          (field "input-schema" (option string)) (field "output-schema" (option string))
          (field "max-attempts" (option u32)) (field "timeout-ms" (option u64)) (field "queue" (option string))))
        (type $context-type (record
          (field "job-id" string) (field "task" string) (field "attempt" u32) (field "max-attempts" u32)
          (field "idempotency-key" string) (field "deadline-ms" u64)
          (field "tags" (list string)) (field "metadata" string) (field "traceparent" (option string))))
        (type $error-type (variant
          (case "retryable" string) (case "retry-after" (tuple u64 string))
          (case "permanent" string) (case "cancelled") (case "snooze" u64)
          (case "wait-for-event" (tuple string u64))
          (case "wait-for-jobs" (tuple string (list string) u64))))
        (export $spec "task-spec" (type $spec-type))
        (export $context "job-context" (type $context-type))
        (export $error "task-error" (type $error-type))
        (func $describe (result (list $spec))
          (canon lift (core func $core "describe") (memory $memory)))
        (func $run (param "context" $context) (param "input" string) (result (result string (error $error)))
          (canon lift (core func $core "run") (memory $memory) (realloc $realloc)))
        (instance $task (export "describe" (func $describe)) (export "run" (func $run)))
        (export "taskbox:task/task@0.1.0" (instance $task)))"#
        );
        wat::parse_str(text).expect("it is WebAssembly")
    }
}

/// A plugin with much initial data: 2 MiB in the middle of its memory of 4 MiB.
///
/// With input `1` it tells whether every page of its memory is as its file says, and then writes to each. With `2` it
/// takes 256 MiB, with `3` it computes without end.
pub fn with_much_data() -> Vec<u8> {
    let data = format!(r#"(data (i32.const 0x100000) "{}")"#, "x".repeat(2 << 20));
    let run = r#"
        (local $input i32) (local $sound i32)
        (local.set $input (i32.load8_u (i32.load (i32.add (local.get $arguments) (i32.const 72)))))
        (if (i32.eq (local.get $input) (i32.const 0x32)) (then
          (if (i32.eq (memory.grow (i32.const 4096)) (i32.const -1)) (then unreachable))))
        (if (i32.eq (local.get $input) (i32.const 0x33)) (then (loop (br 0))))
        (local.set $sound (i32.const 1))
        (local.set $at (i32.const 0x10000))
        (loop $pages
          (if (i32.ne
                (i32.load8_u (local.get $at))
                (select (i32.const 0x78) (i32.const 0)
                  (i32.and (i32.ge_u (local.get $at) (i32.const 0x100000))
                           (i32.lt_u (local.get $at) (i32.const 0x300000)))))
            (then (local.set $sound (i32.const 0))))
          (i32.store8 (local.get $at) (i32.const 7))
          (local.set $at (i32.add (local.get $at) (i32.const 0x1000)))
          (br_if $pages (i32.lt_u (local.get $at) (i32.const 0x400000))))
        (i32.store (i32.const 264) (select (i32.const 512) (i32.const 520) (local.get $sound)))
        (i32.store (i32.const 268) (select (i32.const 4) (i32.const 5) (local.get $sound)))
        (i32.const 256)"#;
    let data = format!(r#"(data (i32.const 512) "true    false") {data}"#);
    TextPlugin { pages: 64, data: &data, run, ..TextPlugin::default() }.component()
}
