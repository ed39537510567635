//! Whether a file is in the custody of one user alone.
//!
//! What a host takes from its own directories it obeys: machine code, secrets, jobs. So each directory and
//! each file must be one that no other user of the machine could have put there or changed. Root is no
//! exception but the worst case: a host that runs as root would lend another user's code its rights.

use std::fmt;

/// What a file system says of a file or directory itself; a link is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStatus {
    /// Whether it is a symbolic link, which whoever owns its target can fill.
    pub is_link: bool,
    /// The user who owns it.
    pub owner: u32,
    /// Its permission bits.
    pub mode: u32,
}

/// Why a file is not in the custody of the user who would trust it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// It is a symbolic link.
    Link,
    /// Another user owns it.
    Owner {
        /// Who owns it.
        owner: u32,
        /// Who would trust it.
        user: u32,
    },
    /// Others may write to it.
    Writable {
        /// Its permission bits.
        mode: u32,
    },
}

impl FileStatus {
    /// The permission bits by which the group and others write.
    const OTHERS_WRITE: u32 = 0o022;

    /// Why this user must not trust a file that is like this, if there is a reason.
    pub fn distrust(self, user: u32) -> Option<Distrust> {
        // The mode of a link says nothing, so whether it is one comes first.
        if self.is_link {
            Some(Distrust::Link)
        } else if self.owner != user {
            Some(Distrust::Owner { owner: self.owner, user })
        } else if self.mode & Self::OTHERS_WRITE != 0 {
            Some(Distrust::Writable { mode: self.mode & 0o7777 })
        } else {
            None
        }
    }
}

impl Distrust {
    /// What mends it, the command with this path in it.
    pub fn remedy(self, path: &str) -> String {
        match self {
            Self::Link => format!("name the place itself, which `readlink -f '{path}'` prints"),
            Self::Owner { user, .. } => {
                format!("if you trust all that is in it, hand it over: `chown -R {user} '{path}'`")
            }
            Self::Writable { .. } => format!("`chmod -R go-rwx '{path}'`"),
        }
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link => f.write_str("is a symbolic link"),
            Self::Owner { owner, user } => {
                write!(f, "belongs to user {owner}, and this process runs as user {user}")
            }
            Self::Writable { mode } => write!(f, "can be written by other users (its mode is {mode:o})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: FileStatus = FileStatus { is_link: false, owner: 7, mode: 0o100_600 };

    #[test]
    fn only_a_file_that_one_user_owns_and_writes_is_trusted() {
        assert_eq!(OWN.distrust(7), None);
        assert_eq!(FileStatus { mode: 0o100_644, ..OWN }.distrust(7), None);
        for mode in [0o100_620, 0o100_602, 0o040_777] {
            let distrust = FileStatus { mode, ..OWN }.distrust(7);
            assert_eq!(distrust, Some(Distrust::Writable { mode: mode & 0o777 }));
        }
        assert_eq!(FileStatus { is_link: true, ..OWN }.distrust(7), Some(Distrust::Link));
    }

    #[test]
    fn root_trusts_no_file_of_another_user() {
        let distrust = OWN.distrust(0).unwrap();
        assert_eq!(distrust, Distrust::Owner { owner: 7, user: 0 });
        assert!(distrust.to_string().contains("user 7") && distrust.to_string().contains("user 0"));
        assert!(distrust.remedy("/data").contains("`chown -R 0 '/data'`"));
    }
}
