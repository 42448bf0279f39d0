//! What nobody waits for: a request that was held back, and one of a stack that the pair does not serve.

use std::rc::Rc;

use super::super::event::Kind;
use super::cloudformation::{CloudFormation, Step};
use super::function::author;
use super::promises::Carried;
use super::stack::{COPIES, CopySpec};

impl CloudFormation {
    /// One of those that were held back arrives after all.
    pub(super) fn stray_arrives(self: &Rc<Self>, which: usize) -> Step<()> {
        let stray = {
            let mut strays = self.function.strays.borrow_mut();
            if strays.is_empty() {
                return Ok(());
            }
            let which = which % strays.len();
            strays.remove(which)
        };
        let start = self.function.aws.acts().len();
        let answer = self.function.deliver_stray(&stray);
        self.promises.borrow_mut().log.push(format!("  late: {stray}\n      -> {answer:?}"));
        let author = author(&stray.stack_id, stray.logical_id);
        let spec = CopySpec::of(&stray.properties);
        let between = self.function.is_between();
        let carried =
            Carried { author: &author, spec: &spec, start, stray: true, keeps_names: false, goes_back: false, between };
        let mut promises = self.promises.borrow_mut();
        if promises.was_deleted(&author, &spec) {
            // The Delete of what it publishes came first, and nobody sends another.
            promises.are_left(&author, spec.places());
        }
        promises.others_keep_theirs(&self.function.aws, &carried)
    }

    /// A stack of this name in another account publishes what the first one has.
    pub(super) fn trespass(self: &Rc<Self>) -> Step<()> {
        let Some(secret) = self.stacks.borrow()[0].as_ref().map(|stack| stack.secret.id.clone()) else { return Ok(()) };
        let spec =
            CopySpec { parameter: Some(0), secret: Some(0), adopt: true, overwrite: true, ..CopySpec::default() };
        let stack_id = "arn:aws:cloudformation:eu-west-1:222222222222:stack/app/guid-x";
        let event = self.event(stack_id, COPIES[0], Kind::Create, spec.properties(&secret));
        let start = self.function.aws.acts().len();
        let answer = self.function.deliver_stray(&event);
        let nothing = self.function.aws.acts().len() == start;
        self.promises.borrow().bounds_hold(nothing, &format!("another account's stack: {answer:?}"))
    }
}
