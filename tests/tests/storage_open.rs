//! Opening and closing the directory of the embedded storage.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::sync::Arc;

use taskbox::domain::{FailureKind, Outcome, StateName};
use taskbox::ports::JobStore;
use taskbox::storage::sled::{OpenError, SledStorage};
use taskbox_tests::conformance::world::{NOW, SEED, World, json, submission};
use tempfile::TempDir;

/// The largest input, output and checkpoint that the tests write.
const LARGEST_BYTES: usize = 16 << 20;

fn open(dir: &Path) -> World {
    World::new(Arc::new(SledStorage::open(dir, NOW).unwrap()))
}

fn refusal(dir: &Path) -> OpenError {
    SledStorage::open(dir, NOW).err().expect("it must not open")
}

fn text(dir: &Path) -> String {
    refusal(dir).to_string()
}

fn temporary() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_second_open_says_who_has_the_directory() {
    let dir = temporary();
    let first = SledStorage::open(dir.path(), NOW).unwrap();
    let text = text(dir.path());
    assert!(text.contains(&dir.path().display().to_string()), "{text}");
    assert!(text.contains(&format!("in use by process {}", std::process::id())), "{text}");
    drop(first);
    SledStorage::open(dir.path(), NOW).unwrap();
}

#[test]
fn a_directory_of_another_format_is_refused_untouched() {
    for found in ["3", "6", "8"] {
        let dir = temporary();
        fs::write(dir.path().join("format"), found).unwrap();
        assert!(matches!(refusal(dir.path()), OpenError::Unknown { .. }));
        let text = text(dir.path());
        assert!(text.contains(&format!("has format {found}")), "{text}");
        assert!(text.contains("the version that wrote it"), "{text}");
        assert!(!dir.path().join("db").exists());
    }
}

#[test]
fn a_directory_that_lost_its_format_is_refused_untouched() {
    let dir = temporary();
    drop(open(dir.path()));
    fs::remove_file(dir.path().join("format")).unwrap();
    let text = text(dir.path());
    assert!(text.contains("the file `format` is missing"), "{text}");
    assert!(dir.path().join("db").exists());
}

#[tokio::test]
async fn a_first_open_that_was_cut_off_is_begun_anew() {
    let dir = temporary();
    fs::write(dir.path().join("format"), "1, being made").unwrap();
    fs::write(dir.path().join("conf"), "nonsense, longer than eight bytes").unwrap();
    let world = open(dir.path());
    let id = world.submit(|_| {}).await;
    drop(world);
    assert_eq!(open(dir.path()).details(id).await.job.spec.id, id);
}

#[test]
fn damage_is_said_with_the_directory_and_the_way_out() {
    let dir = temporary();
    drop(open(dir.path()));
    fs::write(dir.path().join("conf"), "nonsense, longer than eight bytes").unwrap();
    assert!(matches!(refusal(dir.path()), OpenError::Damaged { .. }));
    let text = text(dir.path());
    let says = |words: &str| assert!(text.contains(words), "{words}: {text}");
    says(&dir.path().display().to_string());
    says("Keep this directory as it is");
    says("a copy of it that was made while no host had it open");
}

#[test]
fn what_cannot_be_a_directory_is_an_error_of_the_file_system() {
    let dir = temporary();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(refusal(&file), OpenError::Io { .. }));
}

#[test]
fn the_directory_is_closed_to_others() {
    let dir = temporary();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let made = dir.path().join("made").join("deep");
    for path in [dir.path(), &made] {
        let storage = SledStorage::open(path, NOW).unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(storage);
    }
}

/// A directory that another user owns, fit for all else: a fresh one where this may be arranged, which takes
/// the rights of root, else one of root's own.
fn directory_of_another_user(fresh: &TempDir) -> &Path {
    match chown(fresh.path(), Some(1), None) {
        Ok(()) => fresh.path(),
        Err(_) => Path::new("/usr"),
    }
}

#[test]
fn a_directory_of_another_user_is_refused_untouched_with_the_command_that_hands_it_over() {
    let fresh = temporary();
    let dir = directory_of_another_user(&fresh);
    let before = fs::metadata(dir).unwrap();
    let text = text(dir);
    let user = fs::metadata("/proc/self").unwrap().uid();
    assert!(text.contains(&format!("belongs to user {}", before.uid())), "{text}");
    assert!(text.contains(&format!("`chown -R {user} '{}'`", dir.display())), "{text}");
    assert_eq!(fs::metadata(dir).unwrap().mode(), before.mode());
    assert!(!dir.join("lock").exists());
}

#[test]
fn a_link_in_place_of_the_directory_or_a_file_in_it_is_refused() {
    let dir = temporary();
    let (real, link) = (dir.path().join("real"), dir.path().join("link"));
    drop(open(&real));
    symlink(&real, &link).unwrap();
    for link in [link.clone(), link.join("")] {
        let text = text(&link);
        assert!(text.contains("is a symbolic link") && text.contains("readlink -f"), "{text}");
    }
    fs::rename(real.join("conf"), dir.path().join("elsewhere")).unwrap();
    symlink(dir.path().join("elsewhere"), real.join("conf")).unwrap();
    assert!(text(&real).contains("conf is a symbolic link"), "{}", text(&real));
}

#[test]
fn a_file_that_others_may_write_is_refused_and_one_that_they_may_read_is_closed() {
    let dir = temporary();
    drop(open(dir.path()));
    let file = dir.path().join("conf");
    let set_mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o666);
    let text = text(dir.path());
    assert!(
        text.contains("conf can be written by other users") && text.contains("chmod -R go-rwx"),
        "{text}"
    );
    set_mode(0o644);
    drop(open(dir.path()));
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn leases_of_the_process_before_end_at_open() {
    let dir = temporary();
    let world = open(dir.path());
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    drop(world);
    let world = open(dir.path());
    assert_eq!(world.state(id, NOW).await, StateName::Running);
    let rescued = world.storage.rescue(NOW, SEED, 10).await.unwrap();
    assert_eq!(rescued.jobs[0].job.spec.id, id);
    assert_eq!(world.details(id).await.errors[0].kind, FailureKind::LeaseLost);
    assert!(world.settle(id, token, Outcome::Interrupted, NOW).await.is_err());
}

#[tokio::test]
async fn what_was_handed_in_is_written_before_it_closes() {
    let dir = temporary();
    let world = open(dir.path());
    let storage = SledStorage::open(&dir.path().join("other"), NOW).unwrap();
    let new = world.job(|_| {});
    let id = new.job.spec.id;
    // Polled once, and then forgotten: the caller is gone.
    tokio::select! {
        biased;
        _ = storage.submit(submission(vec![new])) => {}
        () = std::future::ready(()) => {}
    }
    drop(storage);
    let world = open(&dir.path().join("other"));
    assert_eq!(world.details(id).await.job.spec.id, id);
}

#[tokio::test]
async fn the_largest_values_make_no_files_of_sleds_own() {
    let dir = temporary();
    let world = open(dir.path());
    let largest = || json(format!("\"{}\"", "x".repeat(LARGEST_BYTES - 2)));
    for _ in 0..4 {
        let id = world.submit(|draft| draft.input = largest()).await;
        let token = world.start(id, NOW).await;
        world.storage.save_checkpoint(id, token, "c".to_owned(), largest()).await.unwrap();
        world.settle(id, token, Outcome::Succeeded(largest()), NOW).await.unwrap();
    }
    for bytes in (1..60).map(|step| step * 211) {
        world.submit(|draft| draft.input = json(format!("\"{}\"", "x".repeat(bytes)))).await;
    }
    drop(world);
    drop(open(dir.path()));
    assert_eq!(fs::read_dir(dir.path().join("blobs")).unwrap().count(), 0);
}

#[test]
fn a_component_that_no_plugin_has_is_deleted_at_open() {
    let dir = temporary();
    drop(open(dir.path()));
    let left = dir.path().join("components").join("0".repeat(64));
    fs::write(&left, "left by an upload that did not come to its end").unwrap();
    drop(open(dir.path()));
    assert!(!left.exists());
}
