//! Members of closed sets, outside: texts, and schemas that list the members in the OpenAPI document.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::transition::Action;
use crate::domain::{
    AfterFailed, AfterWhen, AuditAction, AuditOutcome, ClosedSet, FailureKind, HoldReason, Missed,
    OnConflict, OperationState, OrderStatusName, Overlap, Scope, StateName, TaskHold,
};

/// A member of a closed set. Fields name it by an alias, because a derived schema gives generic types another name.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub(in crate::api) struct OneOf<T>(pub T);

/// A closed set that the OpenAPI document describes.
pub(in crate::api) trait Described: ClosedSet {
    /// The name of its schema.
    const NAME: &'static str;
}

macro_rules! described {
    ($($alias:ident: $set:ty = $name:literal;)+) => {$(
        pub(in crate::api) type $alias = OneOf<$set>;

        impl Described for $set {
            const NAME: &'static str = $name;
        }
    )+};
}

described! {
    ActionName: Action = "BulkAction";
    AfterFailedName: AfterFailed = "AfterFailed";
    AfterWhenName: AfterWhen = "AfterWhen";
    AuditActionName: AuditAction = "AuditAction";
    AuditOutcomeName: AuditOutcome = "AuditOutcome";
    FailureKindName: FailureKind = "FailureKind";
    HeldByName: TaskHold = "HeldBy";
    HoldReasonName: HoldReason = "HoldReason";
    JobStateName: StateName = "JobState";
    MissedName: Missed = "Missed";
    OnConflictName: OnConflict = "OnConflict";
    OperationStateName: OperationState = "OperationState";
    OrderStatusText: OrderStatusName = "OrderStatus";
    OverlapName: Overlap = "Overlap";
    ScopeName: Scope = "Scope";
}

impl<T: Described> PartialSchema for OneOf<T> {
    fn schema() -> RefOr<Schema> {
        let mut description = format!("{}\n", T::DOCS.trim());
        for member in T::MEMBERS {
            // Writing to a string cannot fail.
            let _ = write!(description, "\n- `{}`: {}", member.text, member.docs.trim());
        }
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .description(Some(description))
            .enum_values(Some(T::MEMBERS.iter().map(|member| member.text)))
            .into()
    }
}

impl<T: Described> ToSchema for OneOf<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schema_of_a_set_lists_its_members_with_their_docs() {
        let schema = serde_json::to_value(AfterWhenName::schema()).unwrap();
        let description =
            "How many parents must be final.\n\n- `all`: All of them.\n- `any`: The first of them.";
        assert_eq!(schema, json!({ "type": "string", "enum": ["all", "any"], "description": description }));
        assert_eq!(AfterWhenName::name(), "AfterWhen");
        assert_eq!(json!(OneOf(AfterWhen::Any)), json!("any"));
    }
}
