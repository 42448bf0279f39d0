//! A request that made something and then failed: the answer names it, so that the Delete which follows reaches the
//! handler, however the request ended.

use std::sync::Mutex;
use std::time::Duration;

use custom_resource::{
    Context, Continuation, CreateRequest, CustomResource, DeleteRequest, Error, NotYet, Outcome, PhysicalResourceId,
    Properties, ReasonExt, UpdateRequest,
};
use serde_json::json;

use crate::endpoint::Endpoint;
use crate::handlers::{event, run_within};

const BUCKET: PhysicalResourceId = PhysicalResourceId::from_static("bucket-1");

/// Long enough for the answer, short enough to wait for the deadline.
const SHORT: Duration = Duration::from_secs(3);

/// How the request ends once the bucket is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    ErrorThatNamesIt,
    ErrorUnderAnotherReason,
    Error,
    ForeignError,
    Panic,
    Hang,
    Block,
    NotYetWithoutACarrier,
    NotYetThatNamesIt,
    NotYetWithTooMuchState,
    ReturnTooMuch,
}

const ENDS: [End; 11] = [
    End::ErrorThatNamesIt,
    End::ErrorUnderAnotherReason,
    End::Error,
    End::ForeignError,
    End::Panic,
    End::Hang,
    End::Block,
    End::NotYetWithoutACarrier,
    End::NotYetThatNamesIt,
    End::NotYetWithTooMuchState,
    End::ReturnTooMuch,
];

impl End {
    /// Whether the end itself names the bucket, so that nothing was said before.
    fn names_it(self) -> bool {
        use End::{ErrorThatNamesIt, ErrorUnderAnotherReason, NotYetThatNamesIt, ReturnTooMuch};
        matches!(self, ErrorThatNamesIt | ErrorUnderAnotherReason | NotYetThatNamesIt | ReturnTooMuch)
    }
}

/// Buckets that are made, and stay until they are deleted.
struct Buckets {
    end: End,
    endpoint: Endpoint,
    there: Mutex<Vec<String>>,
}

impl Buckets {
    fn new(end: End, endpoint: &Endpoint) -> Self {
        Self { end, endpoint: endpoint.clone(), there: Mutex::default() }
    }

    async fn make(&self, context: &Context) -> Result<Outcome, Error> {
        if !self.end.names_it() {
            context.begin(BUCKET);
        }
        self.there.lock().unwrap().push(BUCKET.to_string());
        let inner = || Error::new("it cannot be tagged").created(BUCKET);
        match self.end {
            End::ErrorThatNamesIt => Err(inner()),
            End::ErrorUnderAnotherReason => Err(inner()).reason("the bucket is not complete"),
            End::Error => Err(Error::new("it cannot be tagged")),
            End::ForeignError => {
                "x".parse::<u8>().reason("the number of its tags is none").map(|_| Outcome::new(BUCKET))
            }
            End::Panic => std::panic::resume_unwind(Box::new(())),
            End::Hang => std::future::pending().await,
            End::Block => {
                self.endpoint.block_until_answered();
                Ok(Outcome::new(BUCKET))
            }
            End::NotYetWithoutACarrier => Err(NotYet::new("not ready", SHORT).into()),
            End::NotYetThatNamesIt => Err(NotYet::new("not ready", SHORT).begun(BUCKET).into()),
            End::NotYetWithTooMuchState => Err(NotYet::new("not ready", SHORT).state("x".repeat(20_000)).into()),
            End::ReturnTooMuch => Ok(Outcome::new(BUCKET).attribute("Big", "x".repeat(5000))),
        }
    }
}

impl CustomResource for Buckets {
    type Properties = Properties;

    async fn create(&self, _: CreateRequest, context: &Context) -> Result<Outcome, Error> {
        self.make(context).await
    }

    async fn update(&self, _: UpdateRequest, context: &Context) -> Result<Outcome, Error> {
        self.make(context).await
    }

    async fn delete(&self, request: DeleteRequest, context: &Context) -> Result<(), Error> {
        // What a Delete has begun changes nothing about its id.
        context.begin(PhysicalResourceId::from_static("tomb"));
        let id = request.physical_resource_id.unwrap();
        self.there.lock().unwrap().retain(|there| *there != id);
        Ok(())
    }

    async fn call_again(&self, _: Continuation, _: &Context) -> Result<(), Error> {
        Err(Error::new("the schedule cannot be made"))
    }

    fn not_created_id(&self) -> PhysicalResourceId {
        PhysicalResourceId::from_static("tests/not-created")
    }
}

#[tokio::test]
async fn whatever_a_create_made_before_it_failed_its_delete_removes() {
    for end in ENDS {
        let endpoint = Endpoint::start([]);
        let buckets = Buckets::new(end, &endpoint);
        run_within(SHORT, &buckets, event("Create", &endpoint.url())).await.unwrap();
        let answer = endpoint.answer();
        assert_eq!(
            (&answer["Status"], &answer["PhysicalResourceId"]),
            (&json!("FAILED"), &json!("bucket-1")),
            "{end:?}"
        );
        assert_eq!(*buckets.there.lock().unwrap(), ["bucket-1"], "{end:?}");

        let endpoint = Endpoint::start([]);
        let mut delete = event("Delete", &endpoint.url());
        delete["PhysicalResourceId"] = answer["PhysicalResourceId"].clone();
        run_within(SHORT, &buckets, delete).await.unwrap();
        let answer = endpoint.answer();
        assert_eq!(
            (&answer["Status"], &answer["PhysicalResourceId"]),
            (&json!("SUCCESS"), &json!("bucket-1")),
            "{end:?}"
        );
        assert!(buckets.there.lock().unwrap().is_empty(), "{end:?}");
    }
}

#[tokio::test]
async fn a_failed_update_keeps_its_id_and_says_what_it_has_made_besides() {
    for end in ENDS {
        let endpoint = Endpoint::start([]);
        run_within(SHORT, &Buckets::new(end, &endpoint), event("Update", &endpoint.url())).await.unwrap();
        let answer = endpoint.answer();
        assert_eq!(
            (&answer["Status"], &answer["PhysicalResourceId"]),
            (&json!("FAILED"), &json!("thing-0")),
            "{end:?}"
        );
        let reason = answer["Reason"].as_str().unwrap();
        assert!(reason.contains("it has made bucket-1, which CloudFormation will not delete"), "{end:?}: {reason}");
    }
}

#[tokio::test]
async fn an_update_in_place_has_made_nothing_besides() {
    let endpoint = Endpoint::start([]);
    let mut update = event("Update", &endpoint.url());
    update["PhysicalResourceId"] = json!("bucket-1");
    run_within(SHORT, &Buckets::new(End::Error, &endpoint), update).await.unwrap();
    assert!(!endpoint.answer()["Reason"].as_str().unwrap().contains("it has made"));
}
