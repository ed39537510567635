//! The audit log, tokens and sessions as they are stored.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};

use super::Record;
use super::layout::{Layout, fields, numbered};
use crate::domain::{
    AccessToken, AuditAction, AuditEntry, AuditOutcome, Scope, Session, TaskPattern, TokenBounds, TokenId,
};

/// The numbers of the audit log that are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AuditSpan {
    /// The first; larger than the last when none is kept.
    pub first: u64,
    /// The last; 0 before the first entry.
    pub last: u64,
}

fields! {
    AuditEntry { at, actor, action, resource, outcome, before, after, address, user_agent, request_id }
    AuditSpan { first, last }
    AccessToken { name, digest, scopes, bounds, created_at, created_by, expires_at, last_used_at }
    TokenBounds { queues, tasks }
    Session { digest, token, opened_at, seen_at }
}

numbered! {
    AuditAction {
        0 = PluginUpload,
        1 = PluginActivate,
        2 = PluginRemove,
        3 = GrantWrite,
        4 = SecretWrite,
        5 = SecretRemove,
        6 = QueueConfigure,
        7 = TaskConfigure,
        8 = ScheduleWrite,
        9 = ScheduleRemove,
        10 = JobCancel,
        11 = JobRetry,
        12 = JobDelete,
        13 = TokenCreate,
        14 = TokenRevoke,
        15 = OperationStop,
        16 = ScheduleRun,
        17 = BackupTake,
    }
    AuditOutcome {
        0 = Done,
        1 = Unknown,
    }
    Scope {
        0 = Submit,
        1 = Read,
        2 = Operate,
        3 = JobsCancel,
        4 = JobsRetry,
        5 = JobsDelete,
        6 = Plugins,
        7 = Secrets,
        8 = Queues,
        9 = Schedules,
        10 = Tokens,
        11 = Audit,
    }
}

impl Record for AuditEntry {
    const WHAT: &'static str = "entry of the audit log";
}

impl Record for AuditSpan {
    const WHAT: &'static str = "span of the audit log";
}

impl Record for AccessToken {
    const WHAT: &'static str = "token";
}

impl Record for Session {
    const WHAT: &'static str = "session";
}

impl Layout for TokenId {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        self.to_string().write(to)
    }

    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        String::read(from)?.parse().map_err(DecodeError::OtherString)
    }
}

impl Layout for TaskPattern {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        String::from(self.clone()).write(to)
    }

    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        String::read(from)?.parse().map_err(DecodeError::OtherString)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{decode, encode};
    use super::*;
    use crate::domain::{Digest, Json, Submitter, Timestamp};

    const AT: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[track_caller]
    fn golden<R: Record + PartialEq + std::fmt::Debug>(record: &R, bytes: &str) {
        let encoded = encode(record).unwrap();
        let hex: String = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, bytes, "a {} has other bytes", R::WHAT);
        assert_eq!(&decode::<R>(&encoded).unwrap(), record);
    }

    #[test]
    fn format_1_of_the_audit_log_tokens_and_sessions() {
        let entry = AuditEntry {
            at: AT,
            actor: Submitter::token("a"),
            action: AuditAction::TokenRevoke,
            resource: "b".to_owned(),
            outcome: AuditOutcome::Unknown,
            before: None,
            after: Some(Json::null()),
            address: Some("c".to_owned()),
            user_agent: None,
            request_id: "d".to_owned(),
        };
        golden(&entry, "01fd00505c18a30100000101610e0162010001046e756c6c010163000164");
        golden(&AuditSpan { first: 2, last: 3 }, "010203");
        let digest = Digest::of(b"");
        let hex = digest.to_hex();
        let token = AccessToken {
            name: "a".to_owned(),
            digest,
            scopes: vec![Scope::Audit],
            bounds: TokenBounds { queues: vec!["q".parse().unwrap()], tasks: vec!["t*".parse().unwrap()] },
            created_at: AT,
            created_by: Submitter::default(),
            expires_at: Some(AT),
            last_used_at: None,
        };
        let at = "fd00505c18a3010000";
        golden(&token, &format!("010161{hex}010b0101710102742a{at}0001{at}00"));
        let session = Session { digest, token: token.id(), opened_at: AT, seen_at: AT };
        let id: String = token.id().to_string().bytes().map(|byte| format!("{byte:02x}")).collect();
        golden(&session, &format!("01{hex}10{id}{at}{at}"));
    }
}
