//! Components that are not compiled but only kept, so that a test sees which.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use taskbox::domain::{Digest, TaskSpec};
use taskbox::ports::{ComponentInfo, Components, Unfit, Unready};

/// A component that offers nothing that fits.
pub const UNFIT: &str = "unfit";

/// A component that is looked at without end.
pub const ENDLESS: &str = "endless";

/// Keeps code. A component is the name of the one task that it offers, and words behind it, or one of the
/// constants above.
#[derive(Default)]
pub struct CodeShelf {
    ready: Mutex<HashSet<Digest>>,
    /// What was compiled and not forgotten, ready or not.
    compiled: Mutex<HashSet<Digest>>,
    within_prepare: NextTime,
    after_prepare: NextTime,
}

/// What is done once.
#[derive(Default)]
struct NextTime(Mutex<Option<BoxFuture<'static, ()>>>);

impl NextTime {
    fn set(&self, work: impl Future<Output = ()> + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::pin(work));
    }

    async fn come(&self) {
        let work = self.0.lock().unwrap().take();
        if let Some(work) = work {
            work.await;
        }
    }
}

impl CodeShelf {
    /// Whether there is compiled code of this component.
    pub fn has(&self, component: &str) -> bool {
        self.compiled.lock().unwrap().contains(&Digest::of(component.as_bytes()))
    }

    /// Puts code there that nothing was done for.
    pub fn leave(&self, component: &str) {
        self.compiled.lock().unwrap().insert(Digest::of(component.as_bytes()));
    }

    /// Does this while a component is being made ready.
    pub fn within_next_prepare(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.within_prepare.set(work);
    }

    /// Does this when a component was made ready, before the one who waits for it learns of it.
    pub fn after_next_prepare(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.after_prepare.set(work);
    }
}

#[async_trait]
impl Components for CodeShelf {
    async fn inspect(&self, component: Bytes) -> Result<ComponentInfo, Unready> {
        let text = std::str::from_utf8(&component).expect("a component is a text here");
        self.leave(text);
        match text {
            UNFIT => Err(Unfit { reason: "it does not fit".to_owned(), advice: "none".to_owned() }.into()),
            ENDLESS => std::future::pending().await,
            text => {
                let name = text.split(' ').next().unwrap_or_default();
                Ok(ComponentInfo { tasks: vec![task(name)], imports: Vec::new(), wanted: None })
            }
        }
    }

    async fn prepare(&self, digest: Digest, _component: Bytes) -> Result<(), Unready> {
        self.within_prepare.come().await;
        self.compiled.lock().unwrap().insert(digest);
        self.ready.lock().unwrap().insert(digest);
        self.after_prepare.come().await;
        Ok(())
    }

    fn is_ready(&self, digest: &Digest) -> bool {
        self.ready.lock().unwrap().contains(digest)
    }

    fn attempts_max(&self, _: &Digest) -> u32 {
        u32::MAX
    }

    fn forget(&self, digest: &Digest) {
        self.ready.lock().unwrap().remove(digest);
        self.compiled.lock().unwrap().remove(digest);
    }

    fn keep_only(&self, digests: &HashSet<Digest>) {
        self.compiled.lock().unwrap().retain(|digest| digests.contains(digest));
    }
}

fn task(name: &str) -> TaskSpec {
    TaskSpec {
        name: name.parse().expect("a task name"),
        description: String::new(),
        input_schema: None,
        output_schema: None,
        max_attempts: None,
        timeout: None,
        queue: None,
    }
}
