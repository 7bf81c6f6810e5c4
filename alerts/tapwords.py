"""Words of buttons, and of letters that ask somebody something; a part of `alerts.words`."""

from __future__ import annotations

from collections.abc import Mapping

ZH: Mapping[str, str] = {
    "button.ack": "知道了",
    "button.fixed": "已更新，请再看",
    "button.answered": "已答复，请再看",
    "button.dismiss": "误报",
    "button.not_ours": "不归我管",
    "button.exempt": "申请豁免",
    "button.shutdown": "申请整合关停",
    "button.holds": "仍由我负责",
    "button.vacated": "不再由我负责",
    "subject.confirm_contact": "【联系人确认】{title}",
    "intro.confirm_contact": "{unit}：请确认您是否仍负责接收值班通知。每季度只问一次；不再由您负责的，"
    "会告知应当确定接替的人，在此之前仍发给您。",
    "subject.contact_left": "【更换联系人】{title}",
    "intro.contact_left": "以下 {count} 位联系人答复不再负责接收值班通知，请确定接替的人。",
    "subject.contact_silent": "【联系人未确认】{title}",
    "intro.contact_silent": "以下 {count} 位联系人一直没有确认是否仍负责接收值班通知，请核实。",
    "post.holds": "{unit}：您是否仍负责接收值班通知",
    "post.left": "{unit}：联系人 {to} 不再负责",
    "post.silent": "{unit}：联系人 {to} 没有答复",
    "line.post.for": "负责：{names}{more}",
    "line.post.more": " 等 {count} 个",
    "line.post.by": "请答复：{time} 之前",
    "line.post.asked": "询问时间：{time}",
    "line.post.left": "答复：{by} 于 {time} 称不再由其负责。",
    "line.post.name": "怎么办：确定接替的人，并在名录里更改联系人；在此之前仍发给原联系人。",
}

EN: Mapping[str, str] = {
    "button.ack": "Got it",
    "button.fixed": "Updated, look again",
    "button.answered": "Answered, look again",
    "button.dismiss": "False alarm",
    "button.not_ours": "Not ours",
    "button.exempt": "Ask for exemption",
    "button.shutdown": "Merge or close it",
    "button.holds": "Still my post",
    "button.vacated": "Not me any more",
    "subject.confirm_contact": "[contact] {title}",
    "intro.confirm_contact": "{unit}: please confirm that Zhiban's letters still reach the right person. Asked once a"
    " quarter; if it is not your post any more, whoever names another is told, and until then letters come to you.",
    "subject.contact_left": "[another contact] {title}",
    "intro.contact_left": "{count} say that Zhiban's letters are not their post any more: please name another.",
    "subject.contact_silent": "[contact silent] {title}",
    "intro.contact_silent": "{count} have not said whether Zhiban's letters are still their post: please find out.",
    "post.holds": "{unit}: is this still your post?",
    "post.left": "{unit}: the contact {to} holds the post no more",
    "post.silent": "{unit}: the contact {to} has not answered",
    "line.post.for": "For: {names}{more}",
    "line.post.more": " and others, {count} in all",
    "line.post.by": "Please answer: before {time}",
    "line.post.asked": "Asked: {time}",
    "line.post.left": "Answer: {by} said at {time} that it is not their post any more.",
    "line.post.name": "What to do: name another, and change the contact in the registry; until then letters go as"
    " before.",
}
