//! A file that holds secrets: for its owner alone, and there whole or not at all.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};
use tempfile::NamedTempFile;

use crate::failure::Failure;

/// Where Linux names what a process has open.
const OPEN_FILES: &str = "/proc/self/fd";

/// Puts a file in the place of what is there, if anything is: a full disk leaves what was there, and a killed process as well.
///
/// It is written without a name, where the system has such files, and gets one when it is complete, so that nothing of it is
/// left beside.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let replaced = match nameless(folder) {
        Some(file) => fill(&file, bytes).and_then(|()| call(&file, folder, path)),
        None => NamedTempFile::new_in(folder)
            .and_then(|file| fill(file.as_file(), bytes).and_then(|()| Ok(file.persist(path).map(drop)?))),
    };
    replaced.map_err(|error| Failure::refused(format!("{} cannot be written: {error}", path.display())))
}

fn fill(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

/// A file that goes away with this process; `None` where the file system has none.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = openat(CWD, folder, flags, Mode::RUSR | Mode::WUSR).ok()?;
    Path::new(OPEN_FILES).is_dir().then(|| File::from(file))
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> Option<File> {
    None
}

/// Gives a file without a name this one. Where it is taken, by way of a name beside: no call links over another file.
#[cfg(target_os = "linux")]
fn call(file: &File, folder: &Path, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;
    let open: PathBuf = [OPEN_FILES, &file.as_raw_fd().to_string()].iter().collect();
    let link = |name: &Path| linkat(CWD, &open, CWD, name, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from);
    match link(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let beside = tempfile::Builder::new().make_in(folder, link)?;
            Ok(beside.persist(path).map(drop)?)
        }
        linked => linked,
    }
}

#[cfg(not(target_os = "linux"))]
fn call(_: &File, _: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_its_owners_alone_and_nothing_is_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets");
        for text in ["first", "second"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        }
        let failure = replace(folder.path(), b"x").unwrap_err();
        assert!(failure.message.contains("cannot be written"), "{failure:?}");
        assert_eq!(
            std::fs::read_dir(folder.path().parent().unwrap())
                .unwrap()
                .filter(|entry| {
                    entry.as_ref().is_ok_and(|entry| {
                        entry.file_name().to_string_lossy().starts_with(".tmp") && entry.path().is_file()
                    })
                })
                .count(),
            0
        );
    }
}
