"""Spellings that stand for another word: split characters, slang for contact channels, pinyin. Data only.

Each reading says where a spelling is used as such, for most have an ordinary use as well (威信 is prestige, 飞机 an
aeroplane, 裙 a skirt). All are matched on folded text: lower case, simplified, half width.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """Spellings (space separated) that stand for `restored` in a context.

    `left` is a class of one character that must stand directly before, `right` a lookahead, `never_after` the regex
    fragments of fixed width (space separated) that must not stand directly before. `odd` is False for mere
    abbreviations, which are no disguise.
    """

    spellings: str
    restored: str
    left: str = ""
    right: str = ""
    never_after: str = ""
    odd: bool = True


_IDEOGRAPHS = "\u4e00-\u9fff"
_ADD = "[加+扫添十]"
_NOT_ADD = "[增更参外附愈追强倍越]加|[二三四五六七八九几第数]十"
_NUMBER = "[:号]*[0-9]{5}"
_ACCOUNT = "(?=: ?[a-z0-9_-]{5})(?=: ?[a-z_-]{0,16}[0-9])"
_AFTER_CONTACT = "(?=[:,。!?号\\n聊领了咨详我拿进备]|[a-z0-9]{4}|$)"
_NO_LATIN_LEFT = r"[a-z0-9_/@.-]"
_WORD_ENDS = r"(?![a-z0-9_/@-]|\.[a-z0-9])"
_ID_MAY_FOLLOW = r"(?![a-z_/@-]|\.[a-z0-9])"


def _pinyin(spellings: str, restored: str) -> tuple[Reading, Reading]:
    """Pinyin or initials beside an ideograph: 请zhuanzhang to me; as a word of a Latin text it is left."""
    return (
        Reading(spellings, restored, left=f"[{_IDEOGRAPHS}]", right=_WORD_ENDS),
        Reading(spellings, restored, never_after=_NO_LATIN_LEFT, right=f"(?=[{_IDEOGRAPHS}])"),
    )


_SPOKEN = (
    "转:zhuan 账:zhang 银:yin 行:hang 卡:ka 验:yan 证:zheng 码:ma 贷:dai 款:kuan 刷:shua 单:dan 兼:jian 职:zhi 返:fan 利:li "
    "提:ti 现:xian 投:tou 资:zi 条:tiao 白:bai 注:zhu 销:xiao 公:gong 安:an 垫:dian 付:fu 佣:yong 金:jin 理:li 财:cai 彩:cai "
    "票:piao 博:bo 赌:du 套:tao 借:jie 征:zheng 信:xin 额:e 度:du 洗:xi 钱:qian 冻:dong 结:jie 客:ke 服:fu 股:gu 诈:zha 骗:pian "
    "赚:zhuan 裸:luo 聊:liao 跑:pao 分:fen 红:hong 包:bao 发:fa 充:chong 值:zhi"
)
_SYLLABLES = {pair[0]: pair[2:] for pair in _SPOKEN.split()}
_HALF_PINYIN_WORDS = (
    "转账 银行 行卡 验证 证码 贷款 刷单 兼职 返利 返现 提现 投资 白条 金条 注销 公安 垫付 垫资 佣金 理财 彩票 博彩 赌博 套现 借款 征信 "
    "额度 洗钱 冻结 客服 股票 诈骗 赚钱 裸聊 跑分 红包 发票 充值 付款 转款"
)


def _half_pinyin() -> tuple[Reading, ...]:
    """A key word with one of its two characters in pinyin: 白tiao, zhuan账."""
    readings = []
    for word in _HALF_PINYIN_WORDS.split():
        first, second = word[0], word[1]
        if len(_SYLLABLES.get(second, "")) > 1:
            readings.append(Reading(first + _SYLLABLES[second], word, right="(?![a-z])"))
        if len(_SYLLABLES.get(first, "")) > 1:
            readings.append(Reading(_SYLLABLES[first] + second, word, never_after=_NO_LATIN_LEFT))
    return tuple(readings)


SPLITS: tuple[Reading, ...] = (
    # parts that occur in no ordinary text: radicals standing alone
    Reading("亻言", "信"), Reading("钅艮", "银"), Reading("钅戋", "钱"), Reading("钅昔", "错"), Reading("阝艮", "限"),
    Reading("讠正", "证"), Reading("讠午", "许"), Reading("讠殳", "设"), Reading("讠果", "课"), Reading("讠兑", "说"),
    Reading("讠人", "认"), Reading("讠只", "识"), Reading("讠寸", "讨"), Reading("讠斥", "诉"), Reading("讠川", "训"),
    Reading("氵去", "法"), Reading("氵主", "注"), Reading("氵先", "洗"), Reading("亻寸", "付"), Reading("亻弋", "代"),
    Reading("亻尔", "你"), Reading("亻呆", "保"), Reading("亻介", "价"), Reading("亻昔", "借"), Reading("亻用", "佣"),
    Reading("扌殳", "投"), Reading("扌是", "提"), Reading("扌召", "招"), Reading("扌安", "按"), Reading("扌丁", "打"),
    Reading("纟工", "红"), Reading("纟吉", "结"), Reading("纟充", "统"), Reading("纟及", "级"), Reading("纟内", "纳"),
    Reading("禾刂", "利"), Reading("攵正 正攵", "政"), Reading("忄夬", "快"), Reading("月殳", "股"), Reading("饣包", "饱"),
    # whole characters side by side that make no word
    Reading("马扁", "骗"), Reading("代贝款", "贷款"), Reading("兼耳只", "兼职"), Reading("木几会", "机会"),
    Reading("车专贝长", "转账"), Reading("车专账", "转账", right="(?![户管核目])"), Reading("转贝长", "转账"),
    Reading("手木几", "手机"), Reading("日寸", "时"), Reading("又寸", "对"), Reading("贝戋", "贱"),
    Reading("提王见", "提现"), Reading("王见金", "现金", left="[提取付]"), Reading("月半", "胖", left="[发长变]", right="(?=子|了)"),
    # in the company of the rest of their word
    Reading("贝长", "账", left="[转入收记对到]"), Reading("贝长号", "账号", never_after="[宝扇珠干]", right="(?!衣|的|码|裤)"),
    Reading("贝长户", "账户", never_after="[宝扇珠干]"), Reading("贝兼钱", "赚钱", never_after="[宝扇珠干]"),
    Reading("贝者博", "赌博"), Reading("石马", "码", left="[证维密扫邀]"), Reading("君羊", "群", never_after="昏"),
    Reading("彳亍", "行", left="[银钅艮]"), Reading("彳亍卡", "行卡"), Reading("力口", "加", right="(?=我?(?:微|v|q|薇|威|君羊|群))", never_after="[努动能效权潜全出重有主人实]"),
    Reading("口合", "哈", left="哈"), Reading("又欠", "欢", left="喜"), Reading("人民巾", "人民币", right="(?=[0-9一二三四五六七八九十百千万。,]|$)"),
)  # fmt: skip

SLANG: tuple[Reading, ...] = (
    # 微信
    Reading("薇信", "微信", right="(?![任了心誓不以奉佛教])"),
    Reading("薇芯 葳信 葳芯 溦信 嶶信 微芯号 徽芯 薇心号 薇亻言", "微信"),
    Reading("徽信", "微信", never_after="[安国校党]", right="(?![息用任托访贷函])"),
    Reading("威信 维信 卫信 微芯 威芯 薇心 威心 微心 巍信 魏信 维心", "微信", left=_ADD, never_after=_NOT_ADD, right="(?![息用任])"),
    Reading("威信 维信 卫信 微芯 威芯 薇心 威心 微心 巍信 魏信", "微信", right="(?=[:号是]*[a-z0-9_]{4}|号[:,。!?加是]|号$|联系我)"),
    Reading("v信 w信 v芯 v心 vx号", "微信", never_after=_NO_LATIN_LEFT, odd=False),
    Reading("wei信 weix信 v讯", "微信", never_after=_NO_LATIN_LEFT),
    Reading("微xin 微x信 薇xin 微x 薇x", "微信", right="(?![a-z0-9])"),
    Reading("v❤ v♥ v♡ v💗 v💕 w❤", "微信", never_after=_NO_LATIN_LEFT, right="(?![a-z])"),
    Reading("微❤ 威❤ 薇❤ 徽❤ 微♥ 威♥ 薇♥ 微♡ 薇♡ 微💗 薇💗 威x", "微信", left=_ADD, never_after=_NOT_ADD),
    Reading("微❤ 威❤ 薇❤ 徽❤ 微♥ 威♥ 薇♥ 微♡ 薇♡ 微💗 薇💗", "微信", right="(?=号|[:]?[a-z0-9_]{4})"),
    Reading("vx wx", "微信", never_after=_NO_LATIN_LEFT, right=_ID_MAY_FOLLOW, odd=False),
    Reading("vx wx", "微信", left=_ADD, odd=False),
    Reading("weixin", "微信", never_after=_NO_LATIN_LEFT, right=r"(?![a-z0-9_/@-]|\.[a-z]|:/)"),
    Reading("v", "微信", left=_ADD, never_after=_NOT_ADD + r"|[a-z0-9]\+", right=r"(?![a-z认证用户博大]|[0-9]{1,2}(?![0-9a-z]))", odd=False),
    Reading("微", "微信", left=_ADD, never_after=_NOT_ADD, right=_AFTER_CONTACT, odd=False),
    Reading("薇 威 徽 溦", "微信", left=_ADD, never_after=_NOT_ADD, right=_AFTER_CONTACT),
    Reading("+", "加", never_after=r"[a-z0-9_/@.)-]", right="(?=v(?![a-z])|vx|wx|微信|微x|微[:号]|薇|威信|扣扣|qq|q(?![a-z])|weixin|我)", odd=False),
    Reading("十", "加", never_after="[一二三四五六七八九几数第0-9]", right="(?=微信|vx|v信|薇信|v[0-9a-z]{4})"),
    Reading("v vx", "微信", left="[加+][我他她]", right="(?![a-z认证用户博大])", odd=False),
    Reading("薇 威 徽 溦", "微信", left="[加+][我他她]", right=_AFTER_CONTACT),
    Reading("v", "微信", never_after=_NO_LATIN_LEFT, right=_ACCOUNT, odd=False),
    Reading("薇 徽 溦", "微信", right=_ACCOUNT.replace(":", ":?")),
    # QQ
    Reading("qq裙 q裙 q君羊", "qq群", never_after=_NO_LATIN_LEFT),
    Reading("q群", "qq群", never_after=_NO_LATIN_LEFT, odd=False),
    Reading("q", "qq", left=_ADD, never_after=_NOT_ADD, right="(?![a-z])", odd=False),
    Reading("q", "qq", never_after=_NO_LATIN_LEFT, right="(?=:[0-9]{5}|[0-9]{7})", odd=False),
    Reading("扣扣 抠抠 叩叩 球球 秋秋 丘丘 企鹅 扣q", "qq", left=_ADD, never_after=_NOT_ADD, right="(?![子大除分])"),
    Reading("扣扣 抠抠 叩叩 球球 秋秋 丘丘 企鹅", "qq", right=f"(?={_NUMBER})"),
    Reading("扣扣群 扣扣裙 球球群 秋秋群", "qq群"),
    Reading("扣扣号 球球号 秋秋号", "qq号", right="(?!码子)"),
    Reading("扣扣", "qq", left="[信微/、或和]", right="(?![子除分钱款工费税手好上紧住])"),
    # Telegram, LINE
    Reading("纸飞机", "telegram", right="(?=[号群]|[:号]*@|[:号]+[a-z0-9_]{4}|[a-z0-9_]{5}|频道)"),
    Reading("纸飞机", "telegram", left=_ADD, never_after=_NOT_ADD, right="(?![模玩])"),
    Reading("飞机号 飞机", "telegram", right=r"(?=[:号]*@[a-z0-9_]|[:号]+[a-z][a-z0-9_]{3})"),
    Reading("飞机群", "telegram群"),
    Reading("飞机号", "telegram", left=_ADD),
    Reading("电报群", "telegram群"),
    Reading("电报", "telegram", right=r"(?=频道|[:号]*@[a-z0-9_]|[:号]+[a-z][a-z0-9_]{3})"),
    Reading("电报", "telegram", left="[加+]", never_after=_NOT_ADD, right="(?![机局码])"),
    Reading("tg", "telegram", never_after=_NO_LATIN_LEFT, right=r"(?=群|号|频道|[:号]*@|:[a-z])", odd=False),
    Reading("tg", "telegram", left=_ADD, right="(?![a-z])", odd=False),
    Reading("telegrm teleqram telegarm", "telegram", right="(?![a-z])"),
    Reading("赖id 赖号", "lineid", right="(?=[:是@a-z0-9])"),
    Reading("赖", "line", left="[加+]", never_after=_NOT_ADD, right="(?![账皮床清美在以着于氏])"),
    Reading("赖", "line", right="(?=:@?[a-z0-9_]{4})"),
    # groups
    Reading("裙", "群", left="[进入拉建加]", right="(?![子摆边撑装裤腰角带款色长短底里面上])"),
    Reading("裙主 裙友 裙聊 裙公告 裙文件", "群", right="(?![打要题色料推页体])", never_after="[衣短长半纱身褶仔布皮裤连]"),
    # payment and documents
    Reading("支fu宝 支付bao 支f宝 zhi付宝 支fubao 支富宝 吱付宝 支副宝 知付宝 吱富宝", "支付宝"),
    Reading("陶宝 tao宝 掏宝网", "淘宝", right="(?=客服|店|网|刷|订单|商家|平台)"),
    *_pinyin("zhifubao zfb", "支付宝"),
    *_pinyin("zhuanzhang zhuangzhang", "转账"),
    *_pinyin("yinhangka yhk", "银行卡"),
    *_pinyin("yanzhengma yzm", "验证码"),
    *_pinyin("shenfenzheng sfz", "身份证"),
    *_pinyin("daikuan", "贷款"),
    *_pinyin("shuadan", "刷单"),
    *_pinyin("weixinhao", "微信号"),
    *_pinyin("bocai", "博彩"),
    *_pinyin("hongbao", "红包"),
    *_half_pinyin(),
)  # fmt: skip
