//! The folder of a project, packed.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read as _},
    path::Path,
};

use runagent::{
    ErrorCode, RunAgentResult,
    platform::{Archive, Deployment},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tracing::Level;
use zip::{CompressionMethod, ZipArchive};

use crate::{
    cloud::{METADATA_DONE, START_DONE, STATUS_DONE, UPLOAD_DONE, client, json, refused, scripted},
    log::log_of,
};

fn description() -> Value {
    json!({
        "agent_id": "a1", "agent_name": "greeter", "description": "d", "framework": "default", "template": "default",
        "version": "1.0.0", "created_at": "2025-06-25 13:42:03",
        "template_source": {"repo_url": "https://example.com", "author": "a", "path": "p"},
        "agent_architecture": {"entrypoints": [{"file": "main.py", "module": "greet", "tag": "greet"}]},
        "env_vars": {"FLAG": "from-config"}, "auth_settings": {"type": "api_key"}, "x-other": 1,
    })
}

/// A project with these files beside its description and its code.
fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let description = description().to_string();
    let own = [("runagent.config.json", description.as_str()), ("main.py", "def greet(): return 'hi'\n")];
    for (name, content) in own.iter().chain(files) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    folder
}

/// The archive of a folder as a platform gets it.
async fn uploaded(folder: &Path) -> (Vec<u8>, Value) {
    let cloud = scripted([(200, METADATA_DONE), (200, UPLOAD_DONE), (200, START_DONE), (200, STATUS_DONE)]);
    let deployment = Deployment::from_folder(folder).expect("a project");
    client(&cloud).deploy(&deployment, |_| {}).await.expect("it is deployed");
    let requests = cloud.requests();
    let metadata = json(std::str::from_utf8(requests[0].body()).expect("text"));
    let form = requests[1].body();
    let start = form.windows(4).position(|bytes| bytes == b"PK\x03\x04").expect("an archive");
    let end = form.windows(4).rposition(|bytes| bytes == b"\r\n--").expect("the end of the form");
    (form[start..end].to_vec(), metadata)
}

/// The names in an archive.
async fn names(folder: &Path) -> Vec<String> {
    let (zip, metadata) = uploaded(folder).await;
    let archive = ZipArchive::new(Cursor::new(zip)).expect("an archive");
    let names: Vec<_> = archive.file_names().map(|name| name.expect("a name").into_owned()).collect();
    assert_eq!(metadata["agent_metadata"]["file_structure"], json!(names), "the platform is told the same");
    names
}

#[tokio::test]
async fn the_files_of_a_project_are_packed_as_they_are() {
    let folder = project(&[("lib/util.py", "x = 1\n"), ("data/größe ✓.txt", "€"), ("empty.txt", ""), (".hidden", "h")]);
    let (zip, metadata) = uploaded(folder.path()).await;
    let mut archive = ZipArchive::new(Cursor::new(zip)).expect("an archive");
    let mut contents = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a file");
        assert_eq!(file.compression(), CompressionMethod::Deflated);
        let time = file.last_modified().expect("a time");
        assert_eq!((time.year(), time.month(), time.day()), (1980, 1, 1), "nothing of this machine");
        let mut content = String::new();
        file.read_to_string(&mut content).expect("text");
        contents.insert(file.name().expect("a name").into_owned(), content);
    }
    assert_eq!(contents["lib/util.py"], "x = 1\n");
    assert_eq!(contents["data/größe ✓.txt"], "€");
    assert_eq!((contents["empty.txt"].as_str(), contents[".hidden"].as_str()), ("", "h"));
    assert_eq!(json(&contents["runagent.config.json"]), description());
    assert_eq!(
        contents.keys().collect::<Vec<_>>(),
        [".hidden", "data/größe ✓.txt", "empty.txt", "lib/util.py", "main.py", "runagent.config.json"]
    );

    assert_eq!(metadata["agent_id"], "a1");
    assert_eq!(metadata["config"], description());
    assert_eq!((&metadata["project_id"], &metadata["overwrite"]), (&json!("default"), &json!(false)));
    assert_eq!(metadata["agent_metadata"]["env_vars"], json!({"FLAG": "from-config"}));
    assert_eq!(metadata["agent_metadata"]["auth_settings"], json!({"type": "api_key"}));
}

#[tokio::test]
async fn what_git_ignores_and_what_is_made_anew_stays_here() {
    let own = ["main.py", "runagent.config.json"];
    for (files, also) in [
        (
            vec![(".gitignore", "*.log\n"), ("a.log", ""), ("sub/b.log", ""), ("sub/c.txt", "")],
            vec![".gitignore", "sub/c.txt"],
        ),
        (vec![(".gitignore", "/data/\n"), ("data/a", ""), ("sub/data/b", "")], vec![".gitignore", "sub/data/b"]),
        (vec![(".gitignore", "*\n!main.py\n!runagent.config.json\n"), ("x", "")], vec![]),
        (
            vec![(".gitignore", "*.txt\n!keep.txt\n"), ("keep.txt", ""), ("drop.txt", "")],
            vec![".gitignore", "keep.txt"],
        ),
        (vec![("sub/.gitignore", "secret\n"), ("sub/secret", ""), ("secret", "")], vec!["secret", "sub/.gitignore"]),
        (
            vec![(".gitignore", "# x\n\n.env\n"), (".env", "K=1"), (".env.example", "K=")],
            vec![".env.example", ".gitignore"],
        ),
        // Without a rule it goes along, and a warning is logged.
        (vec![(".env", "K=1")], vec![".env"]),
        (vec![(".ignore", "x\n"), ("x", "")], vec![".ignore", "x"]),
        (vec![(".git/config", ""), (".git/info/exclude", "x\n"), ("x", ""), ("sub/.git/config", "")], vec!["x"]),
        (vec![("__pycache__/main.pyc", ""), ("sub/__pycache__/b.pyc", ""), ("node_modules/m/i.js", "")], vec![]),
        (vec![("my-venv/pyvenv.cfg", ""), ("my-venv/lib/x.py", ""), ("env/x.py", "")], vec!["env/x.py"]),
        (vec![(".deployments/a1.json", "{}"), ("__pycache__.py", "")], vec!["__pycache__.py"]),
        (vec![(".gitignore", "[\n"), ("x", "")], vec![".gitignore", "x"]),
    ] {
        let folder = project(&files);
        let mut expected: Vec<&str> = own.iter().copied().chain(also).collect();
        expected.sort_unstable();
        if files.iter().any(|(_, content)| content.starts_with("*\n")) {
            assert_eq!(names(folder.path()).await, own);
        } else {
            assert_eq!(names(folder.path()).await, expected, "{files:?}");
        }
    }
}

#[tokio::test]
async fn the_variables_of_a_file_that_stays_here_are_told_to_the_platform() {
    let folder = project(&[(".gitignore", ".env\n"), (".env", "FLAG=from-file\nTOKEN='t'\n")]);
    let (_, metadata) = uploaded(folder.path()).await;
    assert_eq!(metadata["agent_metadata"]["env_vars"], json!({"FLAG": "from-config", "TOKEN": "t"}));
    assert_eq!(metadata["config"], description(), "the description is as it was");
    assert_eq!(names(folder.path()).await, [".gitignore", "main.py", "runagent.config.json"]);
}

#[tokio::test]
async fn a_file_of_variables_that_goes_along_is_warned_of() {
    for (name, warned) in [
        (".env", true),
        ("sub/.env.local", true),
        (".env.example", false),
        ("sub/.env.template", false),
        (".envrc.txt", false),
        ("x.env", false),
    ] {
        let folder = project(&[(name, "CANARY=1")]);
        let pack = async || drop(Archive::from_folder(folder.path()).expect("an archive"));
        let text = log_of(Level::WARN, pack).await;
        assert_eq!(text.contains(name), warned, "{name}: {text}");
        assert!(!text.contains("CANARY"), "{text}");
    }
}

#[tokio::test]
async fn rules_outside_the_folder_do_not_count() {
    let outer = tempfile::tempdir().expect("a folder");
    fs::create_dir(outer.path().join(".git")).expect("a folder");
    fs::write(outer.path().join(".gitignore"), "*.txt\n").expect("a file");
    let inner = project(&[("a.txt", "")]);
    let folder = outer.path().join("agent");
    fs::create_dir(&folder).expect("a folder");
    for name in ["main.py", "runagent.config.json", "a.txt"] {
        fs::copy(inner.path().join(name), folder.join(name)).expect("a copy");
    }
    assert_eq!(names(&folder).await, ["a.txt", "main.py", "runagent.config.json"]);
}

#[tokio::test]
async fn the_same_folder_makes_the_same_archive() {
    let files: Vec<_> = (0..200).map(|n| (format!("d{}/f{n}.txt", n % 7), n.to_string().repeat(50))).collect();
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
    let folder = project(&files);
    let (first, _) = uploaded(folder.path()).await;
    assert_eq!(uploaded(folder.path()).await.0, first);
    // Made in another order, at another time.
    let reversed: Vec<_> = files.into_iter().rev().collect();
    let (second, _) = uploaded(project(&reversed).path()).await;
    assert!(first == second);
    assert_eq!(ZipArchive::new(Cursor::new(first)).expect("an archive").len(), 202);
}

/// What is wrong with a folder.
#[track_caller]
fn complaint<T>(result: RunAgentResult<T>) -> (ErrorCode, String) {
    let error = refused(result);
    assert!(error.suggestion().is_some());
    (error.code().clone(), error.message().to_owned())
}

#[test]
fn a_folder_that_is_no_project_is_told_so() {
    let empty = tempfile::tempdir().expect("a folder");
    let (code, message) = complaint(Archive::from_folder(empty.path()));
    assert_eq!(code, ErrorCode::CONFIG_ERROR);
    assert!(message.ends_with("has no runagent.config.json"), "{message}");

    fs::write(empty.path().join("runagent.config.yaml"), "agent_id: a1").expect("a file");
    let error = refused(Deployment::from_folder(empty.path()));
    assert!(error.suggestion().is_some_and(|text| text.contains("as JSON")), "{error:?}");

    let (code, message) = complaint(Archive::from_folder(empty.path().join("nowhere")));
    assert!(code == ErrorCode::VALIDATION_ERROR && message.contains("nowhere"), "{message}");

    let file = empty.path().join("file");
    fs::write(&file, "").expect("a file");
    let (_, message) = complaint(Archive::from_folder(&file));
    assert!(message.starts_with("runagent.config.json: it can't be read"), "{message}");

    for (text, expected) in [
        ("", "it is no JSON object"),
        ("[]", "it is no JSON object"),
        (r#"{"agent_id":"a1"}"#, "`agent_name` is missing"),
    ] {
        let folder = project(&[("runagent.config.json", text)]);
        let (code, message) = complaint(Archive::from_folder(folder.path()));
        assert_eq!(code, ErrorCode::CONFIG_ERROR);
        assert!(message.starts_with("runagent.config.json: ") && message.contains(expected), "{message}");
    }
}

#[test]
fn an_entrypoint_without_its_file_is_named() {
    let folder = project(&[]);
    fs::remove_file(folder.path().join("main.py")).expect("a file");
    let (code, message) = complaint(Archive::from_folder(folder.path()));
    assert_eq!(code, ErrorCode::CONFIG_ERROR);
    assert!(message.contains("`main.py`") && message.contains("`greet`"), "{message}");

    let (_, message) = complaint(Archive::from_folder(project(&[(".gitignore", "*.py\n")]).path()));
    assert!(message.contains("`main.py`"), "{message}");
    let (_, message) = complaint(Archive::from_folder(project(&[(".gitignore", "*.json\n")]).path()));
    assert_eq!(message, "runagent.config.json is left out by .gitignore");

    let mut config = description();
    config["agent_architecture"]["entrypoints"][0]["file"] = json!("./main.py");
    assert!(Archive::from_folder(project(&[("runagent.config.json", &config.to_string())]).path()).is_ok());
}

#[test]
fn a_folder_with_too_much_is_refused_before_it_is_packed() {
    let folder = project(&[]);
    let large = fs::File::create(folder.path().join("model.bin")).expect("a file");
    large.set_len(513 * 1024 * 1024).expect("a sparse file");
    let (code, message) = complaint(Archive::from_folder(folder.path()));
    assert!(code == ErrorCode::VALIDATION_ERROR && message.contains("model.bin"), "{message}");
}

#[tokio::test]
async fn a_large_folder_is_packed_into_a_file_that_goes_with_the_archive() {
    let folder = project(&[]);
    let large = fs::File::create(folder.path().join("model.bin")).expect("a file");
    large.set_len(33 * 1024 * 1024).expect("a sparse file");
    let archive = Archive::from_folder(folder.path()).expect("an archive");
    let shown = format!("{archive:?}");
    let path = shown.strip_prefix("Archive(\"").and_then(|rest| rest.strip_suffix("\")")).expect("a path");
    let mut zip = ZipArchive::new(fs::File::open(path).expect("a file")).expect("an archive");
    assert_eq!(zip.by_name("model.bin").expect("a file").size(), 33 * 1024 * 1024);

    let cloud = scripted([(200, UPLOAD_DONE)]);
    client(&cloud).upload("a1", &archive, |_, _| {}).await.expect("an answer");
    assert!(cloud.requests()[0].body().windows(4).any(|bytes| bytes == b"PK\x03\x04"));
    let clone = archive.clone();
    drop(archive);
    assert!(Path::new(path).exists(), "the clone needs it");
    drop(clone);
    assert!(!Path::new(path).exists());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::{
        ffi::OsStrExt as _,
        fs::{PermissionsExt as _, symlink},
        net::UnixListener,
    };

    use super::*;

    #[tokio::test]
    async fn a_link_stands_for_what_is_in_the_folder_only() {
        let outside = tempfile::tempdir().expect("a folder");
        fs::write(outside.path().join("secret"), "s").expect("a file");
        for target in [outside.path().join("secret"), outside.path().to_owned(), "/etc".into()] {
            let folder = project(&[]);
            symlink(&target, folder.path().join("link")).expect("a link");
            let (code, message) = complaint(Archive::from_folder(folder.path()));
            assert_eq!(
                (code, message.as_str()),
                (ErrorCode::VALIDATION_ERROR, "the link \"link\" leads out of the folder")
            );
            fs::write(folder.path().join(".gitignore"), "link\n").expect("a file");
            assert_eq!(names(folder.path()).await, [".gitignore", "main.py", "runagent.config.json"]);
        }
        let folder = project(&[("data/a.txt", "a")]);
        symlink("data/a.txt", folder.path().join("b.txt")).expect("a link");
        symlink("data", folder.path().join("more")).expect("a link");
        let expected = ["b.txt", "data/a.txt", "main.py", "more/a.txt", "runagent.config.json"];
        assert_eq!(names(folder.path()).await, expected);
    }

    #[test]
    fn a_link_to_nowhere_or_in_a_circle_is_an_error() {
        let folder = project(&[]);
        symlink("nowhere", folder.path().join("link")).expect("a link");
        let (_, message) = complaint(Archive::from_folder(folder.path()));
        assert!(message.contains("link"), "{message}");

        let folder = project(&[("sub/a.txt", "")]);
        symlink("..", folder.path().join("sub/up")).expect("a link");
        let (_, message) = complaint(Archive::from_folder(folder.path()));
        assert!(message.contains("up"), "{message}");
    }

    #[tokio::test]
    async fn a_project_may_be_named_by_a_link() {
        let folder = project(&[]);
        let elsewhere = tempfile::tempdir().expect("a folder");
        let link = elsewhere.path().join("agent");
        symlink(folder.path(), &link).expect("a link");
        assert_eq!(names(&link).await, ["main.py", "runagent.config.json"]);
    }

    #[tokio::test]
    async fn permissions_are_two_and_sockets_stay_here() {
        let folder = project(&[("run.sh", "#!/bin/sh\n")]);
        let mode = |name: &str, mode| fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode));
        mode("run.sh", 0o700).expect("permissions");
        mode("main.py", 0o600).expect("permissions");
        let _socket = UnixListener::bind(folder.path().join("socket")).expect("a socket");
        let (zip, _) = uploaded(folder.path()).await;
        let mut archive = ZipArchive::new(Cursor::new(zip)).expect("an archive");
        let mut mode = |name: &str| archive.by_name(name).expect("a file").unix_mode().expect("a mode") & 0o777;
        assert_eq!((mode("run.sh"), mode("main.py")), (0o755, 0o644));
        assert_eq!(archive.len(), 3);
    }

    #[test]
    fn a_file_that_can_not_be_read_is_named() {
        let folder = project(&[("locked.txt", "x")]);
        let path = folder.path().join("locked.txt");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("permissions");
        let result = Archive::from_folder(folder.path());
        if fs::File::open(&path).is_ok() {
            // Nothing is locked to a superuser.
            assert!(result.is_ok());
            return;
        }
        let (code, message) = complaint(result);
        assert!(code == ErrorCode::VALIDATION_ERROR && message.contains("locked.txt"), "{message}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_no_text_is_refused() {
        let folder = project(&[]);
        let name = std::ffi::OsStr::from_bytes(b"bad\xff.txt");
        fs::write(folder.path().join(name), "").expect("a file");
        let (code, message) = complaint(Archive::from_folder(folder.path()));
        assert!(code == ErrorCode::VALIDATION_ERROR && message.contains("no UTF-8"), "{message}");
    }
}
