use super::*;

type Lines = Arc<Mutex<Vec<String>>>;

fn output(keep_max: u64) -> (Lines, GuestOutput) {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let keep = move |line: &str| kept.lock().unwrap().push(line.to_owned());
    (lines, GuestOutput::new(keep, ByteSize(keep_max)))
}

#[test]
fn lines_of_both_channels_come_whole_and_in_order() {
    let (lines, output) = output(1_000);
    output.print(Channel::Stdout, b"one\ntw").unwrap();
    output.print(Channel::Stderr, b"bad\n").unwrap();
    assert_eq!(*lines.lock().unwrap(), ["one", "bad"], "as they come");
    output.print(Channel::Stdout, b"o\nthree").unwrap();
    assert_eq!(output.finish(), "bad");
    assert_eq!(*lines.lock().unwrap(), ["one", "bad", "two", "three"]);
}

#[test]
fn output_over_the_limit_is_dropped_with_one_note() {
    let (lines, output) = output(10);
    output.print(Channel::Stdout, b"12345\n67890\n1\n").unwrap();
    output.finish();
    assert_eq!(*lines.lock().unwrap(), ["12345", "taskbox: output beyond 10B is not kept"]);
}

#[test]
fn output_over_twice_the_limit_ends_the_attempt_but_keeps_the_last_words() {
    let (_, output) = output(10);
    assert_eq!(output.print(Channel::Stdout, &[b'x'; 21]), Err(PrintedTooMuch));
    assert_eq!(output.print(Channel::Stderr, b"why\n"), Err(PrintedTooMuch));
    assert_eq!(output.finish(), "why");
}

#[test]
fn a_line_without_end_is_cut() {
    let (lines, output) = output(1 << 20);
    output.print(Channel::Stdout, &[b'x'; 2 * LINE_BYTES_MAX + 1]).unwrap();
    output.finish();
    let lengths: Vec<_> = lines.lock().unwrap().iter().map(String::len).collect();
    assert_eq!(lengths, [LINE_BYTES_MAX, LINE_BYTES_MAX, 1]);
}

#[test]
fn a_note_of_the_host_is_cut_like_a_line() {
    let (lines, output) = output(1 << 20);
    output.note(&"x".repeat(2 * LINE_BYTES_MAX));
    assert_eq!(lines.lock().unwrap()[0].len(), LINE_BYTES_MAX);
}

#[test]
fn the_tail_keeps_the_last_lines_only() {
    let (_, output) = output(1 << 20);
    for number in 0..100 {
        output.print(Channel::Stderr, format!("{number}\n").as_bytes()).unwrap();
    }
    let tail = output.finish();
    assert!(tail.starts_with("80\n") && tail.ends_with("\n99"), "{tail}");
}

#[test]
fn a_line_with_a_level_stands_alone_and_explains_a_failure_if_it_matters() {
    let (lines, output) = output(1_000);
    output.print(Channel::Stdout, b"half a ").unwrap();
    output.log(LogLevel::Info, "paid").unwrap();
    output.log(LogLevel::Error, "the till\nis closed").unwrap();
    output.print(Channel::Stdout, b"line\n").unwrap();
    assert_eq!(*lines.lock().unwrap(), ["INFO paid", "ERROR the till", "is closed", "half a line"]);
    assert_eq!(output.finish(), "the till\nis closed");
}

#[test]
fn a_guest_that_logs_without_end_is_ended() {
    let (_, output) = output(10);
    output.log(LogLevel::Debug, "1").unwrap();
    assert_eq!(output.log(LogLevel::Debug, "1234567890123"), Err(PrintedTooMuch));
}
