//! The formats on disk, held by their bytes.
//!
//! When one of these fails, a released format was changed: old directories would not be read. Write a
//! new format with its own decoder instead, and keep these bytes.

use std::fmt::Debug;
use std::num::NonZeroU32;
use std::time::Duration;

use super::super::dir;
use super::*;
use crate::domain::transition::{Action, Dependency};
use crate::domain::{
    AccessToken, After, AfterFailed, AfterWhen, AttemptError, AuditEntry, ByteSize, Code, Digest, Ended,
    EventWait, FailureKind, FlowControl, Gate, GateSettings, Grant, Holder, HostRule, HostTask, JobFilter,
    JobId, JobOptions, JobSpec, JobState, Json, Lease, LeaseToken, LimitsSpec, Missed, OnConflict, Operation,
    OperationId, OperationState, Order, OrderId, OrderStatus, OrderStatusName, Overlap, Payload, Phase,
    PluginRef, PluginVersion, Progress, QueueName, QueueSettings, Receipt, SecretRule, Session, StateName,
    SubmittedBy, SubmittedStep, Submitter, TaskHold, TaskSettings, TaskSpec, Timestamp, Unique, WorkerId,
};

const JOB: JobId = JobId::from_bytes([1; 16]);
const ORDER: OrderId = OrderId::from_bytes([2; 16]);
const TOKEN: LeaseToken = LeaseToken::from_bytes([3; 16]);
const AT: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

#[track_caller]
fn golden<R: Record + PartialEq>(record: &R, bytes: &str) {
    assert_eq!(hex(&encode(record).unwrap()), bytes, "{} has other bytes", R::WHAT);
    reads_as(record, bytes);
}

#[track_caller]
fn reads_as<R: Record + PartialEq>(record: &R, bytes: &str) {
    let read: Vec<u8> =
        (0..bytes.len()).step_by(2).map(|at| u8::from_str_radix(&bytes[at..at + 2], 16).unwrap()).collect();
    assert!(decode::<R>(&read).unwrap() == *record, "{} reads back as another", R::WHAT);
}

fn spec() -> JobSpec {
    JobSpec {
        priority: -3,
        max_attempts: 8,
        order: Some(ORDER),
        submitter: Submitter::token("s"),
        submitted_by: Some(SubmittedBy { job: JobId::from_bytes([9; 16]), depth: 2 }),
        options: JobOptions {
            timeout: Some(Duration::from_millis(1_500)),
            expires_at: Some(AT),
            tags: vec!["red".to_owned()],
            label: Some("l".to_owned()),
            ..JobOptions::default()
        },
        ..JobSpec::new(JOB, "mail".parse().unwrap(), AT)
    }
}

fn payload() -> Payload {
    Payload::new(json("{\"a\":1}"))
}

fn plugin() -> PluginRef {
    PluginRef { name: "p".parse().unwrap(), version: 2, digest: Digest::of(b"") }
}

fn code() -> Code {
    Code::Plugin(plugin())
}

fn log() -> LogRecord {
    LogRecord { attempt: 3, text: "hi\n".to_owned() }
}

fn state(phase: Phase) -> StateRecord {
    let progress = Progress { done: 1, total: 2, message: "m".to_owned(), at: AT };
    StateRecord {
        run: 7,
        strict_order: Some(4),
        order: Some(OrderMark { id: ORDER, status: OrderStatusName::Failed }),
        errors: 1,
        logs: 2,
        children: 0,
        awaited: false,
        state: JobState {
            phase,
            attempt: 3,
            attempted_at: Some(AT),
            code: Some(code()),
            worker: Some(WorkerId::new("w")),
            cancel_requested: true,
            progress: Some(progress),
            waits_for: 0,
            expires_at: Some(AT),
            wait: Some(EventWait { event: "paid".parse().unwrap(), earliest: AT, over: true }),
            waits: 2,
        },
        output: Some(json("1")),
        log: Some(log()),
    }
}

fn order(status: OrderStatus) -> Order {
    Order {
        id: ORDER,
        user_id: "u".to_owned(),
        payment_intent_id: "pi".to_owned(),
        job_id: JOB,
        status,
        submitter: Submitter::token("s"),
        created_at: AT,
        updated_at: AT,
    }
}

#[test]
fn format_1_of_a_job() {
    let flow = FlowControl {
        concurrency_key: Some("c".to_owned()),
        strict_order: true,
        fairness_key: Some("f".to_owned()),
        fairness_weight: 9,
    };
    let after = After { jobs: vec![JOB], when: AfterWhen::Any, on_failed: AfterFailed::Wait };
    let unique = Unique {
        within: Some(Duration::from_secs(60)),
        states: vec![StateName::Scheduled, StateName::Cancelled],
        on_conflict: OnConflict::Debounce,
        ..Unique::new("k")
    };
    let callback_url = Some("https://a".to_owned());
    let traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap());
    let options = JobOptions { unique: Some(unique), flow, callback_url, traceparent, ..spec().options };
    let spec = JobSpec { after: Some(after), options, ..spec() };
    let head = Head { spec, version: 3, answered_until: Some(AT) };
    golden(
        &HeadRecord { head, payload: Some(payload()) },
        "0101010101010101010101010101010101046d61696c0764656661756c74fdfd00505c18a3010000080102020202020202020202020202020202010173010909090909090909090909090909090902fd00505c18a301000001010101010101010101010101010101010101020101fc0065cd1d01fd00505c18a3010000010372656401016c01016b013c00020006020101630101016609010968747470733a2f2f61013730302d34626639326633353737623334646136613363653932396430653065343733362d303066303637616130626139303262372d30310301fd00505c18a301000001077b2261223a317d027b7d",
    );
}

#[test]
fn a_head_is_read_without_its_payload() {
    let head = Head { spec: spec(), version: 0, answered_until: None };
    let mut bytes = encode(&HeadRecord { head: head.clone(), payload: Some(payload()) }).unwrap();
    bytes.truncate(bytes.len() - 3);
    assert_eq!(decode_head(&bytes).unwrap(), head);
}

#[test]
fn format_1_of_a_payload() {
    golden(&payload(), "01077b2261223a317d027b7d");
}

#[test]
fn format_1_of_a_claim() {
    let (worker, codes, jobs) = (WorkerId::new("w"), Vec::new(), Vec::new());
    let mut claim =
        ClaimRecord { token: TOKEN, worker, holder: Holder::Remote, at: AT, expires_at: AT, codes, jobs };
    claim.add(JOB, Some(code()));
    claim.add(JOB, None);
    claim.add(JOB, Some(Code::Host(HostTask::Webhook)));
    claim.add(JOB, Some(code()));
    golden(
        &claim,
        "0103030303030303030303030303030303017701fd00505c18a3010000fd00505c18a30100000201017002e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550000040101010101010101010101010101010101000101010101010101010101010101010100010101010101010101010101010101010101010101010101010101010101010101010100",
    );
}

#[test]
fn a_state_fits_into_one_row_whatever_it_holds() {
    let text = "x".repeat(INLINE_RESULT_BYTES_MAX);
    let name = "x".repeat(64);
    let mut state = state(Phase::Pending { due_at: AT });
    let lease = Lease {
        token: TOKEN,
        expires_at: AT,
        worker: WorkerId::new("x".repeat(280)),
        holder: Holder::Host,
        due_at: AT,
    };
    state.state.worker = Some(lease.worker.clone());
    state.state.phase = Phase::Running { lease };
    state.state.code = Some(Code::Plugin(PluginRef { name: name.parse().unwrap(), ..plugin() }));
    state.state.progress.as_mut().unwrap().message = "x".repeat(1024);
    state.output = Some(json(&format!("\"{}\"", "x".repeat(INLINE_RESULT_BYTES_MAX - 2))));
    state.log = Some(LogRecord { attempt: 3, text });
    assert!(encode(&state).unwrap().len() <= super::super::chunks::CHUNK_BYTES_MAX);
}

#[test]
fn format_1_of_a_state_in_each_phase() {
    let lease =
        Lease { token: TOKEN, expires_at: AT, worker: WorkerId::new("w"), holder: Holder::Host, due_at: AT };
    golden(
        &state(Phase::Pending { due_at: AT }),
        "010701040102020202020202020202020202020202020102000000fd00505c18a30100000301fd00505c18a30100000101017002e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85501017701010102016dfd00505c18a30100000001fd00505c18a3010000010470616964fd00505c18a3010000010201013101030368690a",
    );
    golden(
        &state(Phase::Running { lease }),
        "01070104010202020202020202020202020202020202010200000103030303030303030303030303030303fd00505c18a3010000017700fd00505c18a30100000301fd00505c18a30100000101017002e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85501017701010102016dfd00505c18a30100000001fd00505c18a3010000010470616964fd00505c18a3010000010201013101030368690a",
    );
    golden(
        &state(Phase::Completed { at: AT }),
        "010701040102020202020202020202020202020202020102000002fd00505c18a30100000301fd00505c18a30100000101017002e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85501017701010102016dfd00505c18a30100000001fd00505c18a3010000010470616964fd00505c18a3010000010201013101030368690a",
    );
    golden(
        &state(Phase::Discarded { at: AT }),
        "010701040102020202020202020202020202020202020102000003fd00505c18a30100000301fd00505c18a30100000101017002e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85501017701010102016dfd00505c18a30100000001fd00505c18a3010000010470616964fd00505c18a3010000010201013101030368690a",
    );
    golden(
        &state(Phase::Cancelled { at: AT }),
        "010701040102020202020202020202020202020202020102000004fd00505c18a30100000301fd00505c18a30100000101017002e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85501017701010102016dfd00505c18a30100000001fd00505c18a3010000010470616964fd00505c18a3010000010201013101030368690a",
    );
}

#[test]
fn format_1_of_a_state_that_waits() {
    let whole = state(Phase::Pending { due_at: AT });
    let state = JobState { waits_for: 5, ..whole.state };
    golden(
        &StateRecord { children: 4, state, output: None, log: None, ..whole },
        "010701040102020202020202020202020202020202020102040000fd00505c18a30100000301fd00505c18a30100000101017002e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85501017701010102016dfd00505c18a30100000501fd00505c18a3010000010470616964fd00505c18a301000001020000",
    );
}

#[test]
fn format_1_of_an_order_in_each_status() {
    let receipt = Receipt {
        price: "49.90".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        third_party_order_id: "po".to_owned(),
    };
    golden(
        &order(OrderStatus::Loading),
        "010202020202020202020202020202020201750270690101010101010101010101010101010100010173fd00505c18a3010000fd00505c18a3010000",
    );
    golden(
        &order(OrderStatus::Completed(receipt)),
        "0102020202020202020202020202020202017502706901010101010101010101010101010101010534392e39300345555202706f010173fd00505c18a3010000fd00505c18a3010000",
    );
    golden(
        &order(OrderStatus::Failed { error: "no".to_owned() }),
        "010202020202020202020202020202020201750270690101010101010101010101010101010102026e6f010173fd00505c18a3010000fd00505c18a3010000",
    );
    golden(
        &order(OrderStatus::Cancelled),
        "010202020202020202020202020202020201750270690101010101010101010101010101010103010173fd00505c18a3010000fd00505c18a3010000",
    );
}

#[test]
fn format_1_of_the_mark_of_an_order() {
    let mark = OrderMark { id: ORDER, status: OrderStatusName::Cancelled };
    golden(&mark, "010202020202020202020202020202020203");
}

#[test]
fn format_1_of_what_is_between_jobs() {
    golden(&Dependency { when: AfterWhen::Any, on_failed: AfterFailed::Wait, failed: true }, "01010201");
    golden(&PropagationRecord { behind: Some(JOB) }, "010101010101010101010101010101010101");
}

#[test]
fn format_1_of_what_attempts_leave() {
    golden(&OutputRecord { output: json("[1]") }, "01035b315d");
    golden(&LogRecord { attempt: 1, text: "hi".to_owned() }, "0101026869");
    golden(&CheckpointRecord { name: "paid".to_owned(), value: json("1") }, "0104706169640131");
    let step = SubmittedStep { name: "s".to_owned(), job: JOB, is_own: true, fingerprint: Digest::of(b"") };
    golden(
        &step,
        "0101730101010101010101010101010101010101e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    golden(&EventRecord { at: AT, value: Some(json("1")) }, "01fd00505c18a3010000010131");
    golden(&EventRecord { at: AT, value: None }, "01fd00505c18a301000000");
    let url = EventUrlRecord { event: "paid".parse().unwrap(), secret: [5; 16], expires_at: AT };
    golden(&url, "01047061696405050505050505050505050505050505fd00505c18a3010000");
    let (kind, message) = (FailureKind::ParentFailed, "m".to_owned());
    golden(
        &AttemptError { attempt: 1, at: AT, kind, message, detail: None },
        "0101fd00505c18a30100000e016d00",
    );
}

#[test]
fn format_1_of_plugins_grants_secrets_and_keys() {
    let task = TaskSpec {
        name: "mail".parse().unwrap(),
        description: "d".to_owned(),
        input_schema: Some(json("{}")),
        output_schema: None,
        max_attempts: Some(3),
        timeout: Some(Duration::from_secs(9)),
        queue: Some(QueueName::default()),
    };
    let version = PluginVersion {
        name: "p".parse().unwrap(),
        version: 1,
        digest: Digest::of(b""),
        size_bytes: 300,
        tasks: vec![task],
        imports: vec!["i".to_owned()],
        uploaded_at: AT,
    };
    golden(
        &PluginRecord { active: Some(1), versions: vec![version] },
        "01010101017001e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855fb2c0101046d61696c016401027b7d000103010900010764656661756c74010169fd00505c18a3010000",
    );
    golden(
        &GrantRecord(grant()),
        "01fa7b22686f737473223a5b7b2275726c223a2268747470733a2f2f61222c226d6574686f6473223a5b22474554225d2c2270617468223a222f227d5d2c226e6574776f726b73223a5b2231302e302e302e302f38222c22666430303a3a2f38225d2c22636f6e666967223a7b226b223a2276227d2c2273656372657473223a5b7b226e616d65223a2273222c22686f737473223a5b2268747470733a2f2f61225d2c2268656164657273223a5b22617574686f72697a6174696f6e225d7d5d2c227375626d6974223a5b226d61696c2e2a225d2c226c696d697473223a7b226d656d6f7279223a22314d6942222c2277616c6c223a223173227d7d",
    );
    golden(
        &SecretRecord { created_at: AT, updated_at: AT, value: "s".to_owned() },
        "01fd00505c18a3010000fd00505c18a30100000173",
    );
    golden(&RevisionRecord { number: 300 }, "01fb2c01");
    let minute = Ended { succeeded: 300, failed: 1 };
    let operation = Operation {
        id: OperationId::from_bytes([4; 16]),
        action: Action::Retry,
        filter: JobFilter { state: Some(StateName::Discarded), ..JobFilter::default() },
        submitter: Submitter::default(),
        created_at: Timestamp::from_millis(1),
        updated_at: Timestamp::from_millis(2),
        state: OperationState::Stopped,
        expected: Some(300),
        matched: 3,
        changed: 2,
        cursor: Some(JOB),
        error: None,
    };
    golden(
        &operation,
        "01040404040404040404040404040404040101050000000001020201fb2c010302010101010101010101010101010101010100",
    );
    golden(&HourRecord { minutes: vec![minute, Ended::default()] }, "0102fb2c01010000");
    let placed = order(OrderStatus::Loading);
    let shown = ShownJob {
        state: state(Phase::Pending { due_at: AT }).state,
        order: Some(placed),
        duplicate: true,
        errors: 1,
        output: false,
    };
    let jobs = vec![
        AnsweredJob { id: JOB, version: 0, shown: None },
        AnsweredJob { id: JOB, version: 1, shown: Some(Box::new(shown)) },
    ];
    let held = vec![HeldTask { task: "a".parse().unwrap(), hold: TaskHold::NotReady }];
    golden(
        &IdempotencyRecord { fingerprint: Digest::of(b""), expires_at: AT, at: AT, jobs, held },
        "01e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855fd00505c18a3010000fd00505c18a30100000201010101010101010101010101010101000001010101010101010101010101010101010100fd00505c18a30100000301fd00505c18a30100000101017002e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85501017701010102016dfd00505c18a30100000001fd00505c18a3010000010470616964fd00505c18a30100000102010202020202020202020202020202020201750270690101010101010101010101010101010100010173fd00505c18a3010000fd00505c18a301000001010001016101",
    );
}

/// The numbers of these variants, of which each is all that is stored of it.
fn numbers<T: Layout>(variants: impl IntoIterator<Item = T>) -> Vec<u8> {
    let number = |variant| match bincode::encode_to_vec(Lent(&variant), CONFIG).unwrap()[..] {
        [number] => number,
        ref other => panic!("{other:?} is more than a number"),
    };
    variants.into_iter().map(number).collect()
}

#[test]
fn the_variants_of_enums_have_numbers_of_their_own() {
    use FailureKind::*;
    let kinds = [
        Failed,
        Permanent,
        Trap,
        Timeout,
        CpuLimit,
        MemoryLimit,
        OutputLimit,
        Denied,
        LeaseLost,
        Interrupted,
        Cancelled,
        Expired,
        UnknownTask,
        BadOutput,
        ParentFailed,
        BadInput,
    ];
    assert_eq!(numbers(kinds), (0..16).collect::<Vec<_>>());
    let states = ["scheduled", "available", "running", "retryable", "completed", "discarded", "cancelled"];
    let states = states.map(|name| name.parse::<StateName>().unwrap());
    assert_eq!(numbers(states), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(numbers([OnConflict::Existing, OnConflict::Replace, OnConflict::Debounce]), [0, 1, 2]);
    assert_eq!(numbers([AfterWhen::All, AfterWhen::Any]), [0, 1]);
    assert_eq!(numbers([AfterFailed::Discard, AfterFailed::Run, AfterFailed::Wait]), [0, 1, 2]);
    assert_eq!(numbers([Missed::Skip, Missed::Once, Missed::All]), [0, 1, 2]);
    assert_eq!(numbers([Overlap::Allow, Overlap::Skip]), [0, 1]);
    assert_eq!(numbers([TaskHold::UnknownTask, TaskHold::NotReady]), [0, 1]);
    let names = [OrderStatusName::Loading, OrderStatusName::Completed, OrderStatusName::Failed];
    assert_eq!(numbers(names.into_iter().chain([OrderStatusName::Cancelled])), [0, 1, 2, 3]);
}

#[test]
fn a_number_that_is_unknown_is_said_with_what_it_should_be() {
    refused::<Dependency>(&[1, 9, 0, 0], "AfterWhen has no number 9");
}

#[test]
fn formats_of_queues_and_tasks() {
    let gate =
        GateSettings { paused: true, concurrency: NonZeroU32::new(7), rate: Some("100/1m".parse().unwrap()) };
    let rate_state = Gate { settings: gate, ..Gate::default() }.after(1, AT).rate_state;
    let settings = QueueSettings { gate, key_concurrency: NonZeroU32::new(3) };
    golden(&QueueRecord { settings, rate_state }, "0101010701643c000103fdc0a7a12817650600");
    golden(&QueueRecord::default(), "010000000000");
    let settings = TaskSettings { gate, cancel_grace: Some(Duration::from_secs(9)) };
    golden(&TaskRecord { settings, rate_state }, "0101010701643c00010900fdc0a7a12817650600");
    golden(&TaskRecord::default(), "010000000000");
}

fn grant() -> Grant {
    Grant {
        hosts: vec![HostRule {
            url: "https://a".to_owned(),
            methods: vec!["GET".to_owned()],
            path: "/".to_owned(),
        }],
        networks: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()],
        config: [("k".to_owned(), "v".to_owned())].into(),
        secrets: vec![SecretRule {
            name: "s".parse().unwrap(),
            hosts: vec!["https://a".to_owned()],
            headers: SecretRule::usual_headers(),
        }],
        submit: vec!["mail.*".parse().unwrap()],
        limits: LimitsSpec {
            memory: Some(ByteSize::mib(1)),
            wall: Some(Duration::from_secs(1)),
            ..LimitsSpec::default()
        },
    }
}

/// When this fails, the directory needs a new format as well, unless no release wrote the one it has:
/// an older version must not open what it cannot read.
#[test]
fn new_formats_of_records_come_with_a_new_format_of_the_directory() {
    let formats = [
        HeadRecord::FORMAT,
        Payload::FORMAT,
        StateRecord::FORMAT,
        ClaimRecord::FORMAT,
        OutputRecord::FORMAT,
        AttemptError::FORMAT,
        LogRecord::FORMAT,
        CheckpointRecord::FORMAT,
        Order::FORMAT,
        IdempotencyRecord::FORMAT,
        SetAsideRecord::FORMAT,
        PluginRecord::FORMAT,
        GrantRecord::FORMAT,
        SecretRecord::FORMAT,
        ScheduleRecord::FORMAT,
        QueueRecord::FORMAT,
        TaskRecord::FORMAT,
        AuditEntry::FORMAT,
        AccessToken::FORMAT,
        Session::FORMAT,
    ];
    assert_eq!((dir::FORMAT, formats), ("7", [1; 20]));
}

#[track_caller]
fn refused<R: Record + Debug>(bytes: &[u8], reason: &str) {
    let error = decode::<R>(bytes).unwrap_err().to_string();
    assert!(error.contains(reason), "{error}");
}

#[test]
fn damage_is_an_error_and_never_a_large_allocation() {
    let whole =
        encode(&HeadRecord { head: Head { spec: spec(), version: 3, answered_until: None }, payload: None })
            .unwrap();
    refused::<HeadRecord>(&[], "is empty");
    refused::<HeadRecord>(&[9, 0, 0], "has format 9");
    for end in 1..whole.len() {
        refused::<HeadRecord>(&whole[..end], "cannot be read");
    }
    refused::<HeadRecord>(&[&whole[..], &[0]].concat(), "1 bytes too many");
    // A length of four billion, then nothing.
    refused::<OutputRecord>(&[1, 0xfd, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], "cannot be read");
    // A name that no border would have let in.
    refused::<crate::domain::PluginName>(&[1, 1, b'/'], "is not a plugin name");
}

impl Record for crate::domain::PluginName {
    const WHAT: &'static str = "name";
}
