"""The words that registries use for one thing: headers, kinds, platforms, statuses, connectors, column types."""

from __future__ import annotations

import re
from collections.abc import Mapping

from streams.subjects import ColumnType, Kind, Status
from zhiban.registry.cells import clean, halfwidth

REGISTRY = "registry"
SOURCES = "sources"
MESSAGES = "messages"
OF_REGISTRY = (REGISTRY, SOURCES)  # the tables that a registry import may hold

_SUBJECT_HEADERS = {
    "id": "id code 标识码 网站标识码 政府网站标识码 政务新媒体标识码 新媒体标识码 账号标识码 信箱标识码 编码",
    "name": "name 名称 网站名称 账号名称 政务新媒体名称 新媒体名称 信箱名称 检查对象名称",
    "kind": "kind type 类型 类别 账号类型 新媒体类型 网站类型 检查对象类型",
    "platform": "platform 平台 平台类型 平台名称 所属平台 开设平台",
    "unit": "unit 主办单位 主办单位名称 开设主体 开设单位",
    "supervisor": "supervisor 主管单位 主管单位名称 上级主管单位",
    "level": "level 级别 层级 行政级别 单位级别",
    "url": "url 网址 首页网址 首页地址 网站地址 网站网址 网站域名 域名 链接 主页",
    "status": "status 状态 运行状态 网站状态 账号状态 当前状态",
    "status_until": "status_until 状态截止 状态截止日期 下线截止 下线截止日期",
    "registered_on": "registered_on 备案日期 备案时间 开办时间 开办日期 开设时间 开设日期 注册日期",
    "contact": "contact 联系人 联系人姓名 负责人",
    "contact2": "contact2 第二联系人 联系人2 备用联系人",
}
_SOURCE_HEADERS = {
    "subject": "subject 检查对象标识码 检查对象 对象标识码 所属标识码 标识码 网站标识码 政务新媒体标识码",
    "connector": "connector 连接器 读取方式 来源类型",
    "url": "url 网址 栏目网址 栏目地址 订阅地址 地址 链接",
    "name": "name 名称 栏目名称 来源名称",
    "column_type": "column_type 栏目类型 栏目类别",
    "top_level": "top_level 一级栏目 是否一级栏目 一级",
    "limit": "limit 更新期限 期限",
    "every": "every 轮询间隔 读取间隔 间隔",
    "season": "season 季节 起止日期 时段",
    "annual_due": "annual_due 年度期限 年度截止 年度截止日期",
    "declared_none": "declared_none 无此类事项 无此类事项声明 本单位无此类事项",
    "suspended_until": "suspended_until 暂停至 暂停截止 暂停截止日期",
    "owner": "owner 责任人 负责人 责任处室",
    "note": "note 备注 说明",
}
_MESSAGE_HEADERS = {
    "id": "id 编号 信件编号 来信编号 留言编号 受理编号 办件编号 工单编号 工单号 信件号 查询码",
    "channel": "channel 渠道 来信渠道 受理渠道 来源渠道 来源 信箱 信箱名称",
    "category": "category 类别 类型 信件类型 信件类别 来信类型 来信类别 留言类型 留言类别 诉求类型 问题类型",
    "unit": "unit 单位 承办单位 办理单位 答复单位 回复单位 受理单位 责任单位 处理单位 主办单位 承办部门 办理部门 "
    "答复部门 回复部门",
    "asked_at": "asked_at received_at 来信时间 提交时间 提问时间 留言时间 写信时间 咨询时间 反映时间 接收时间 收到时间 "
    "收件时间 登记时间 来信日期 提交日期 提问日期 留言日期 写信日期 收件日期 登记日期",
    "accepted_at": "accepted_at 受理时间 受理日期",
    "transferred_at": "transferred_at 转办时间 转办日期 转交时间 交办时间 交办日期 派单时间",
    "answered_at": "answered_at replied_at 答复时间 回复时间 办结时间 答复日期 回复日期 办结日期",
    "withdrawn_at": "withdrawn_at 撤回时间 撤回日期 撤销时间",
    "reopened_at": "reopened_at 重办时间 重办日期 重新办理时间 退回重办时间 重开时间",
    "status": "status 状态 办理状态 处理状态 信件状态 来信状态 留言状态 当前状态",
    "title": "title subject 标题 主题 信件标题 来信标题 留言标题 留言主题",
    "text": "text body 内容 信件内容 来信内容 留言内容 留言详情 诉求内容 提问内容 问题描述",
    "answer": "answer reply 答复 回复 答复内容 回复内容 答复意见 回复意见 办理结果",
    "simple": "simple 简单 简单问题 简单咨询 是否简单",
    "test": "test 测试 自测 是否测试",
    "true": "true 属实 是否属实 核查结果 核实结果",
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    REGISTRY: ("id", "name", "kind"),
    SOURCES: ("subject", "connector", "url"),
    MESSAGES: ("id", "asked_at"),
}

_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_NOT_A_WORD = re.compile(r"[\W_]+")


def plain_header(text: str) -> str:
    """A header as it is compared: half-width, lower case, without brackets' content, signs and spaces."""
    return _NOT_A_WORD.sub("", _IN_BRACKETS.sub("", halfwidth(clean(text)).lower()))


def _inverted(table: Mapping[str, str]) -> dict[str, str]:
    return {plain_header(word): field for field, words in table.items() for word in words.split()}


_ALL = {REGISTRY: _SUBJECT_HEADERS, SOURCES: _SOURCE_HEADERS, MESSAGES: _MESSAGE_HEADERS}
HEADERS: Mapping[str, Mapping[str, str]] = {kind: _inverted(table) for kind, table in _ALL.items()}
FIELDS: Mapping[str, tuple[str, ...]] = {kind: tuple(table) for kind, table in _ALL.items()}


def _spread(table: Mapping[str, str]) -> dict[str, str]:
    return {word: value for value, words in table.items() for word in words.split()}


# One platform has many names (S0 prints one account as 抖音短视频 in the text and 抖音视频号 in the annex).
PLATFORMS: Mapping[str, str] = _spread(
    {
        "微信公众号": "微信公众号 公众号 订阅号 服务号 微信订阅号 微信服务号 政务微信 微信公众平台 "
        "微信公众号订阅号 微信公众号服务号",
        "微信视频号": "微信视频号 视频号",
        "微信": "微信 wx wechat",
        "小程序": "小程序 微信小程序",
        "微博": "微博 新浪微博 政务微博 腾讯微博 weibo",
        "抖音": "抖音 抖音号 抖音短视频 抖音视频号 dy douyin",
        "快手": "快手 快手号 快手短视频",
        "今日头条": "今日头条 头条 头条号",
        "百家号": "百家号 百度百家号",
        "人民号": "人民号",
        "企鹅号": "企鹅号",
        "大鱼号": "大鱼号",
        "新浪看点": "新浪看点",
        "百度贴吧": "百度贴吧 贴吧",
        "移动客户端": "移动客户端 客户端 app 移动客户端app 手机客户端",
    }
)
KINDS: Mapping[str, Kind] = {
    word: Kind(value)
    for word, value in _spread(
        {
            "site": "site 网站 政府网站 政府门户网站 门户网站 部门网站 专项网站",
            "account": "account 账号 政务新媒体 新媒体 政务新媒体账号 新媒体账号",
            "mailbox": "mailbox 信箱 邮箱 领导信箱 市长信箱 县长信箱 书记信箱 留言板 互动信箱",
        }
    ).items()
}
STATUSES: Mapping[str, Status] = {
    word: Status(value)
    for word, value in _spread(
        {
            "running": "running 正常运行 正常 运行 运行中 在用",
            "closing": "closing 注销中",
            "cancelled": "cancelled 已注销 注销",
            "shut": "shut 关停 已关停 关闭 已关闭",
            "suspended": "suspended 临时下线 改版 改版下线 临时关停 改版临时下线",
        }
    ).items()
}
CONNECTORS: Mapping[str, str] = _spread(
    {
        "feed": "feed rss atom 订阅 订阅源",
        "sitemap": "sitemap 网站地图 站点地图",
        "column": "column 栏目 栏目页 列表页",
        "probe": "probe 探测 可用性 拨测",
        "account": "account 账号 新媒体 政务新媒体",
        "mailbox": "mailbox 信箱 邮箱 留言",
    }
)
COLUMN_TYPES: Mapping[str, ColumnType] = {
    word: ColumnType(value)
    for word, value in _spread(
        {
            "news": "news 动态要闻 动态 要闻 工作动态 图片新闻 新闻 部门动态 区县动态",
            "notice": "notice 通知公告 通知 公告 公示公告",
            "policy": "policy 政策文件 政策 规范性文件",
            "interpretation": "interpretation 政策解读 解读",
            "disclosure": "disclosure 政府信息公开 信息公开",
            "personnel": "personnel 人事 人事信息 人事任免",
            "plan": "plan 规划计划 规划 计划",
            "service_stats": "service_stats 办事统计 办事统计数据",
            "letters": "letters 留言公开 留言",
            "survey": "survey 征集调查 调查征集",
            "home": "home 首页",
            "other": "other 其他 其它 统计数据 数据发布",
            "annual": "annual 年度 年报 预算 决算 预算决算 报表",
            "static": "static 静态 领导之窗 机构职能 概况信息 指南",
            "seasonal": "seasonal 季节性 季节 季节性专栏",
            "archived": "archived 归档 历史栏目 已归档",
            "link": "link 外链 链接",
            "system": "system 系统 表单",
            "alias": "alias 别名 镜像",
        }
    ).items()
}
# Lists are read every four hours; the home page often enough for RULEBOOK V2 (20 probes a day).
EVERY_MINUTES: Mapping[str, int] = {"probe": 60}
EVERY_MINUTES_ELSE = 240
PROBES_A_DAY = 20
