//! `list --orphans`: CloudFormation is asked which stacks live; what it cannot know is not guessed.

use tests::world::scenario;

use crate::filled::filled;

#[tokio::test]
async fn what_belongs_to_a_stack_that_is_gone_is_listed() {
    scenario(async |world| {
        let ran = world.command(&["list", "--orphans"]).run().await;
        assert!(ran.code == Some(1) && ran.stderr.contains("CloudFormation has no stack at all"), "{ran:?}");

        filled(world).await;
        let orphans = world.command(&["list", "--orphans"]).run().await;
        // The stories' stacks are made of events alone.
        assert_eq!((orphans.code, orphans.text().lines().count()), (Some(0), 4), "{orphans:?}");

        // One of an account that was not asked.
        let mut item = world.versions().await["prod#0000000000000000001"].clone();
        let stranger = "arn:aws:cloudformation:eu-west-1:999999999999:stack/shop/0a1b";
        item.insert("StackId".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(stranger.to_owned()));
        world.tamper(&item).await;
        let orphans = world.command(&["list", "--orphans"]).run().await;
        assert_eq!(orphans.text().lines().count(), 3, "{orphans:?}");
        assert!(orphans.stderr.contains("1 versions belong to stacks of other accounts or regions"), "{orphans:?}");
    })
    .await;
}
