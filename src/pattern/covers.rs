use super::Pattern; pub(super) fn covers(_:&Pattern,_:&Pattern)->Option<bool>{None}
