// The three likeliest sentences: after a prompt they answer it, else they open what the person does most.

const AFTER = [
  [/初筛/, ['通过', '退回', '退回 没写交期']],
  [/等你交|收好了 .*[张份句]/, ['报价单发了，交期 30 天', '提交', '有困难']],
  [/交什么：/, ['开始', '有困难', '任务']],
  [/结果怎么样/, ['推进了，客户认可方案', '没见成，改下周三', '要补一份报价单']],
  [/下一步是什么/, ['周五前发报价单', '约了下周二看厂', '等对方法务']],
  [/说一句|写一句|直接发/, ['张总认可方案，等法务', '客户说太贵了', '下周三下午三点再聊']],
  [/这样接/, ['发1', '发2', '发3']],
  [/哪一位|哪一个|哪条不对|回数字/, ['1', '2', '3']],
  [/记下/, ['今日', '客户说太贵了', '撤销']],
];
const REP = ['今日', '商机', '和张总约了周二看厂'];
const LEAD = ['商机', '今日', '帮助'];

/** The chips for one phone: `last` is the newest message there, `mate` someone to whom a lead may give something to do. */
export function suggestions({ role, last, group, mate }) {
  if (group) return ['帮助', '商机'];
  const answer = AFTER.find(([prompt]) => last && !last.own && prompt.test(`${last.title}\n${last.text}`))?.[1];
  if (answer) return answer;
  if (role === 'rep') return REP;
  return mate ? ['任务', `@${mate} 周五前发报价单：1 有图 2 写明交期`, '商机'] : LEAD;
}
