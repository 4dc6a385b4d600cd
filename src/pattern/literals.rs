/// x
#[derive(Debug)]
pub struct Needs; pub(super) fn needs(_:&[u8],_:super::Dialect,_:bool)->Needs{Needs}
impl Needs{ /// x
 pub fn allow(&self,_:&[u8])->bool{true}}
