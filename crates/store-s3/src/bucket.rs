//! One bucket, one call at a time: get, put under a condition, delete, list; and what an error of S3 means.

use std::sync::Arc;

use aws_session::{RestReply, RestRequest, RestService, Session, WarmUp, refused};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secret_store::store::{Capacity, Cause, Resource, Service, StoreError};
use secret_store::{StoreName, UnixTime};

use crate::keys::Prefix;
use crate::xml;

/// What the messages of errors call it.
pub const BUCKET: Resource = Resource::Store(Service {
    name: "S3",
    noun: "bucket",
    requirement: "the bucket must be of this region and of this account, have versioning enabled, and let nobody put an \
                  object without a condition",
});

const S3: RestService = RestService { name: "s3", id: "S3" };

/// The buckets of a session's account and region, and where in each the secrets are; an address says which one.
#[derive(Clone, Debug)]
pub struct Bucket {
    session: Arc<Session>,
    /// Where in the bucket.
    pub(crate) prefix: Prefix,
}

/// An object as it was got.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) body: Vec<u8>,
    pub(crate) etag: String,
    /// S3's own id of it.
    pub(crate) version_id: String,
    /// What time it is there, as far as the answer says.
    pub(crate) now: Option<UnixTime>,
}

/// On what condition an object is put.
#[derive(Clone, Copy, Debug)]
pub(crate) enum If<'a> {
    /// There is none.
    Absent,
    /// It is this one.
    Is(&'a str),
}

/// What became of a put.
#[derive(Debug)]
pub(crate) enum Put {
    /// It is there.
    Done {
        /// S3's own id of it.
        version_id: String,
        etag: String,
    },
    /// The condition does not hold, or somebody else was putting one at this moment.
    Conflict,
}

/// An object that is there.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) key: String,
    /// As S3 writes it: in UTC (ISO 8601), so that the order of the texts is that of the times.
    pub(crate) put_at: String,
}

/// What S3 has under a key.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) key: String,
    pub(crate) version_id: String,
    pub(crate) is_marker: bool,
}

impl Bucket {
    /// The buckets of a session.
    pub fn new(session: &Session, prefix: Prefix) -> Self {
        Self { session: Arc::new(session.clone()), prefix }
    }

    /// The object of this key, or this one of S3's versions of it; `None` where there is none, or it is hidden.
    pub(crate) async fn get(
        &self,
        store: &StoreName,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Option<Object>, StoreError> {
        let (query, action) = match version_id {
            None => (String::new(), "s3:GetObject"),
            Some(version_id) => (format!("?versionId={version_id}"), "s3:GetObjectVersion"),
        };
        let reply = self.call(store, "GET", &format!("/{key}{query}"), &[], &[]).await?;
        if reply.is_success() {
            let header = |name| reply.header(name).map(str::to_owned);
            let etag = header("etag").ok_or_else(|| unclear(action))?;
            let version_id = header("x-amz-version-id").unwrap_or_default();
            let now = reply.time().map(UnixTime);
            return Ok(Some(Object { body: reply.body.to_vec(), etag, version_id, now }));
        }
        match code(&reply) {
            "NoSuchKey" | "NoSuchVersion" => Ok(None),
            code => Err(failed(store, action, code, &reply)),
        }
    }

    /// Puts an object on a condition.
    ///
    /// # Errors
    /// Where S3 refuses it, and where the bucket keeps no versions: nothing of it could be brought back.
    pub(crate) async fn put(
        &self,
        store: &StoreName,
        key: &str,
        condition: If<'_>,
        body: &[u8],
    ) -> Result<Put, StoreError> {
        let condition = match condition {
            If::Absent => ("if-none-match", "*"),
            If::Is(etag) => ("if-match", etag),
        };
        let headers = [condition, ("content-type", "application/json")];
        let reply = self.call(store, "PUT", &format!("/{key}"), &headers, body).await?;
        if reply.is_success() {
            let version_id = kept(reply.header("x-amz-version-id"))?;
            let etag = reply.header("etag").ok_or_else(|| unclear("s3:PutObject"))?;
            return Ok(Put::Done { version_id: version_id.to_owned(), etag: etag.to_owned() });
        }
        match (reply.status, code(&reply)) {
            // The last: what was to be as it was read is gone. A 412 says so without a code, too (RFC 9110, 15.5.13).
            (_, "PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey") | (412, _) => Ok(Put::Conflict),
            (_, code) => Err(failed(store, "s3:PutObject", code, &reply)),
        }
    }

    /// Puts a delete marker on this key.
    pub(crate) async fn put_marker(&self, store: &StoreName, key: &str) -> Result<(), StoreError> {
        let reply = self.call(store, "DELETE", &format!("/{key}"), &[], &[]).await?;
        if reply.is_success() { Ok(()) } else { Err(failed(store, "s3:DeleteObject", code(&reply), &reply)) }
    }

    /// Removes one of S3's versions of a key, or a delete marker, for good.
    pub(crate) async fn remove(&self, store: &StoreName, key: &str, version_id: &str) -> Result<(), StoreError> {
        let path = format!("/{key}?versionId={version_id}");
        let reply = self.call(store, "DELETE", &path, &[], &[]).await?;
        match code(&reply) {
            _ if reply.is_success() => Ok(()),
            "NoSuchKey" | "NoSuchVersion" => Ok(()),
            code => Err(failed(store, "s3:DeleteObjectVersion", code, &reply)),
        }
    }

    /// The objects whose keys begin with this, hidden ones left out, a page at a time; `seen` hears how many there were so far.
    pub(crate) async fn list(
        &self,
        store: &StoreName,
        prefix: &str,
        mut seen: impl FnMut(usize),
    ) -> Result<Vec<Listed>, StoreError> {
        let mut found = Vec::new();
        let mut token = None::<String>;
        loop {
            let reply = self.call(store, "GET", &page(prefix, token.as_deref()), &[], &[]).await?;
            let body = listing(store, "s3:ListBucket", &reply)?;
            found.extend(xml::all(&body, "Contents").filter_map(|object| {
                let key = xml::text(object, "Key")?.to_owned();
                Some(Listed { key, put_at: xml::text(object, "LastModified").unwrap_or_default().to_owned() })
            }));
            seen(found.len());
            token = xml::text(&body, "NextContinuationToken").map(str::to_owned);
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// All that S3 has under keys that begin so, hidden and former objects and markers. Of one value of ours there are few: it is
    /// put once in a place.
    pub(crate) async fn versions(&self, store: &StoreName, prefix: &str) -> Result<Vec<Kept>, StoreError> {
        let reply = self.call(store, "GET", &kept_page(prefix), &[], &[]).await?;
        let body = listing(store, "s3:ListBucketVersions", &reply)?;
        let mut found = Vec::new();
        for (element, is_marker) in [("DeleteMarker", true), ("Version", false)] {
            found.extend(xml::all(&body, element).filter_map(|kept| {
                let [key, version_id] = ["Key", "VersionId"].map(|name| xml::text(kept, name).map(str::to_owned));
                Some(Kept { key: key?, version_id: version_id?, is_marker })
            }));
        }
        Ok(found)
    }

    /// What the bucket is set up to in one respect, as S3 spells it; `None` where it is not.
    pub(crate) async fn setup(
        &self,
        store: &StoreName,
        respect: &str,
        action: &'static str,
    ) -> Result<Option<String>, StoreError> {
        let reply = self.call(store, "GET", &format!("?{respect}"), &[], &[]).await?;
        match code(&reply) {
            "NoSuchBucketPolicy"
            | "NoSuchLifecycleConfiguration"
            | "NoSuchPublicAccessBlockConfiguration"
            | "ServerSideEncryptionConfigurationNotFoundError" => Ok(None),
            _ => listing(store, action, &reply).map(Some),
        }
    }

    /// Sets the bucket up in one respect. S3 wants a checksum with that.
    pub(crate) async fn set_up(
        &self,
        store: &StoreName,
        respect: &str,
        action: &'static str,
        document: &str,
    ) -> Result<(), StoreError> {
        let digest = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, document.as_bytes()));
        let headers = [("x-amz-checksum-sha256", &*digest)];
        let reply = self.call(store, "PUT", &format!("?{respect}"), &headers, document.as_bytes()).await?;
        if reply.is_success() { Ok(()) } else { Err(failed(store, action, code(&reply), &reply)) }
    }

    /// Makes the bucket, in the session's region.
    pub(crate) async fn create(&self, store: &StoreName) -> Result<(), StoreError> {
        let place = match self.region() {
            // The only one that may not be named (Amazon S3 API reference, `CreateBucket`).
            "us-east-1" => String::new(),
            region => format!(
                "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
            ),
        };
        let reply = self.call(store, "PUT", "", &[], place.as_bytes()).await?;
        match code(&reply) {
            _ if reply.is_success() => Ok(()),
            "BucketAlreadyOwnedByYou" => Ok(()),
            code => Err(failed(store, "s3:CreateBucket", code, &reply)),
        }
    }

    pub(crate) fn region(&self) -> &str {
        self.session.config().region().map(AsRef::as_ref).unwrap_or_default()
    }

    async fn call(
        &self,
        store: &StoreName,
        method: &'static str,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &[u8],
    ) -> Result<RestReply, StoreError> {
        let path = format!("/{store}{path}");
        let request = RestRequest { method, path: &path, headers, body };
        self.session.call_rest(&S3, request).await.map_err(|cause| StoreError::Unavailable(BUCKET, cause))
    }
}

/// The connection, before there is anything to ask.
impl WarmUp for Bucket {
    async fn warm_up(&self) {
        self.session.knock(&S3).await;
    }
}

/// S3's own id of what was put. A bucket that never kept versions says none, one that keeps them no more `null` (Amazon S3 User
/// Guide, "Adding objects to versioning-suspended buckets").
fn kept(version_id: Option<&str>) -> Result<&str, StoreError> {
    let version_id = version_id.filter(|id| *id != "null");
    version_id.ok_or_else(|| StoreError::Rejected(BUCKET, "it keeps no versions".into()))
}

/// Where a page of a list is: the first one, or the one that the page before it names.
fn page(prefix: &str, token: Option<&str>) -> String {
    let continued = token.map(|token| format!("&continuation-token={}", encoded(token))).unwrap_or_default();
    format!("?list-type=2&prefix={}{continued}", encoded(prefix))
}

/// Where S3's versions of keys are: there are few, and one page has them.
fn kept_page(prefix: &str) -> String {
    format!("?versions&prefix={}", encoded(prefix))
}

/// In a query: a slash is written otherwise there, and so are the characters of base64.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn listing(store: &StoreName, action: &'static str, reply: &RestReply) -> Result<String, StoreError> {
    if reply.is_success() {
        Ok(String::from_utf8_lossy(&reply.body).into_owned())
    } else {
        Err(failed(store, action, code(reply), reply))
    }
}

/// Which error it is; empty where nothing says so. What a bucket is set up to is others' text, and may say anything.
fn code(reply: &RestReply) -> &str {
    let body = std::str::from_utf8(&reply.body).unwrap_or_default();
    if reply.is_success() { "" } else { xml::text(body, "Code").unwrap_or_default() }
}

fn unclear(action: &str) -> StoreError {
    StoreError::Unavailable(BUCKET, format!("the answer to {action} makes no sense").into())
}

/// A failed call on a bucket. What AWS Signature and IAM say, all services say alike; the rest is S3's own (Amazon S3 API
/// reference, "Error responses").
fn failed(store: &StoreName, action: &'static str, code: &str, reply: &RestReply) -> StoreError {
    let body = String::from_utf8_lossy(&reply.body);
    let message = xml::text(&body, "Message").unwrap_or_default();
    let source: Cause = format!("{code}: {message}").into();
    match code {
        "NoSuchBucket" => StoreError::Missing { resource: BUCKET, name: Some(store.to_string()), source },
        "ServiceUnavailable" | "OperationAborted" => {
            StoreError::Throttled { resource: BUCKET, capacity: Capacity::Requests, source }
        }
        "InvalidAccessKeyId" | "InvalidToken" => StoreError::Unauthenticated(BUCKET, source),
        "PermanentRedirect"
        | "AuthorizationHeaderMalformed"
        | "InvalidBucketName"
        | "BucketAlreadyExists"
        | "TooManyBuckets"
        | "MalformedPolicy"
        | "InvalidRequest"
        | "InvalidArgument"
        | "MethodNotAllowed"
        | "InvalidObjectState" => StoreError::Rejected(BUCKET, source),
        _ => refused(BUCKET, action, code, message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_without_a_version_is_not_kept() {
        assert_eq!(kept(Some("3HL4kqtJlcpXroDTDmjVBH40Nrjfkd")).unwrap(), "3HL4kqtJlcpXroDTDmjVBH40Nrjfkd");
        for version_id in [None, Some("null")] {
            assert!(matches!(kept(version_id), Err(StoreError::Rejected(..))), "{version_id:?}");
        }
    }

    #[test]
    fn what_a_query_holds_is_spelled_as_it_is_signed() {
        assert_eq!(encoded("shop/~../a.b_c-d"), "shop%2F~..%2Fa.b_c-d");
        assert_eq!(kept_page("team/a"), "?versions&prefix=team%2Fa");
        assert_eq!(page("team/a", None), "?list-type=2&prefix=team%2Fa");
        assert_eq!(page("", Some("1/+==")), "?list-type=2&prefix=&continuation-token=1%2F%2B%3D%3D");
    }
}
