"""Single characters that writers of scam messages hide behind: data only.

Sources: Unicode TR15 (compatibility decomposition, applied in `folding`), TR36 and TR39 (invisible characters and
confusables), OpenCC's Traditional to Simplified table (applied in `folding`), and the additions below.
"""

from __future__ import annotations

CJK_RANGES = (
    "\u3005\u3007\u3400-\u4dbf\u4e00-\u4e27\u4e29-\u4e35\u4e37-\u706b\u706d-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Ideographs as a regex class body; 丨 丶 灬 are left out, they are written as fillers."""

WIDE_RANGES = CJK_RANGES + "\u3001-\u3004\u3006\u3008-\u3011\u3013-\u301f\u3040-\u30ff\u31f0-\u31ff"
"""Ideographs, kana and CJK punctuation: beside these a space carries no meaning."""

INVISIBLE: tuple[tuple[int, int], ...] = (
    (0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F),  # control characters that are not white space
    (0xAD, 0xAD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F),  # zero width, bidi controls, invisible operators
    (0x20E3, 0x20E3),  # combining enclosing keycap
    (0x2800, 0x2800), (0x3164, 0x3164), (0xFFA0, 0xFFA0),  # blank Braille cell, Hangul fillers
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),  # tags and ideographic variation selectors
)  # fmt: skip

COMBINING: tuple[tuple[int, int], ...] = ((0x0300, 0x034E), (0x0350, 0x036F), (0x20D0, 0x20E2), (0x20E4, 0x20F0))
"""Marks with no use on an ideograph; struck-through text 转̶账̶ is written with them."""

SPACES = "\t\v\f\x1c\x1d\x1e\x1f\u1680"
"""White space that compatibility decomposition leaves; folded to a space."""

LINE_BREAKS = "\r\x85\u2028\u2029"
"""Folded to a newline; \\r\\n together to one."""

_VARIANT_PAIRS = (
    # senses OpenCC keeps apart and scam texts do not; emoji used as punctuation
    "帐:账 帳:账 瞭:了 祇:只 衹:只 妳:你 锺:钟 牠:它 〜:~ ➕:+ ✚:+ ➖:- ❗:! ❕:! ❓:? ❔:? "
    # print and handwriting variants
    "戸:户 覌:观 囯:国 囻:国 収:收 囬:回 亾:亡 夲:本 扵:于 伩:信 槪:概 淸:清 靑:青 郷:乡 徳:德 "
    # Japanese shinjitai
    "両:两 図:图 発:发 関:关 験:验 銭:钱 転:转 売:卖 対:对 応:应 広:广 帰:归 気:气 実:实 経:经 済:济 検:检 権:权 観:观 "
    "歓:欢 総:总 価:价 仮:假 児:儿 変:变 単:单 営:营 拡:扩 満:满 続:续 絵:绘 継:继 訳:译 読:读 豊:丰 軽:轻 辺:边 逓:递 "
    "遅:迟 釈:释 鉄:铁 鉱:矿 険:险 隠:隐 雑:杂 霊:灵 顕:显 駅:驿 騒:骚 黒:黑 黙:默 歳:岁 毎:每 圧:压 囲:围 団:团 壱:壹 "
    "弐:贰 勧:劝 効:效 労:劳 弾:弹 択:择 抜:拔 捜:搜 揺:摇 暁:晓 楽:乐 様:样 歩:步 歯:齿 沢:泽 浄:净 焼:烧 猟:猎 県:县 "
    "砕:碎 穏:稳 縁:缘 縄:绳 縦:纵 聴:听 脳:脑 臓:脏 艶:艳 荘:庄 薬:药 蔵:藏 覇:霸 覚:觉 覧:览 譲:让 賛:赞 酔:醉 陥:陷 "
    "頼:赖 髪:发 鶏:鸡 齢:龄 竜:龙 亀:龟 悪:恶 恵:惠 懐:怀 戦:战 戯:戏 挙:举 拠:据 摂:摄 斉:齐 暦:历 桜:樱 涙:泪 "
    "獣:兽 稲:稻 粛:肃 繊:纤 払:付 "
    # radical forms that text copied from PDF files carries (no compatibility decomposition)
    "⺠:民 ⻁:虎 ⻄:西 ⻅:见 ⻆:角 ⻉:贝 ⻋:车 ⻓:长 ⻔:门 ⻘:青 ⻚:页 ⻛:风 ⻜:飞 ⻝:食 ⻢:马 ⻣:骨 ⻤:鬼 ⻥:鱼 ⻦:鸟 ⻨:麦 "
    "⻩:黄 ⻬:齐 ⻮:齿 ⻰:龙 ⺨:犭 ⺮:竹 ⺼:月 ⻌:辶 ⻖:阝 ⻏:阝 ⻙:韦 ⻪:黾"
)
VARIANTS: dict[str, str] = {pair[0]: pair[2] for pair in _VARIANT_PAIRS.split()}
"""Variants OpenCC leaves, each with its canonical form (written old:new above)."""

_LOOKALIKE_ROWS = (
    # Cyrillic, capitals then small letters
    ("АВСЕНІЈКМОРЅТХУѴԜԚ", "abcehijkmopstxyvwq"),
    ("асеіјорѕхуѵԝԛһԁӏ", "aceijopsxyvwqhdl"),
    # Greek, capitals then the few small letters that are drawn alike
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"),
    ("ονϲϳι", "ovcji"),
    # small capitals and Latin letters of other alphabets
    ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    ("ɑɡıⅼ", "agil"),
)
LOOKALIKES: dict[str, str] = {
    odd: plain for odds, plains in _LOOKALIKE_ROWS for odd, plain in zip(odds, plains, strict=True)
}
"""Letters of other alphabets drawn like a Latin one, from TR39's confusables. Case matters: В is a B, в is not."""

GREEK_SMALL = frozenset("ονϲϳι")
"""Look-alikes that are also symbols of mathematics and physics: alone they mean themselves (频率ν)."""

LETTER_RANGES = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u03ff\u0400-\u052f\u1d00-\u1dbf\u1e00-\u1fff\ua720-\ua7ff\uff21-\uff3a\uff41-\uff5a"
"""Letters of Latin, Greek and Cyrillic: a look-alike is judged by the word of such letters it stands in."""

# Enclosed letters and digits with no compatibility decomposition, or with one that adds dots, commas and brackets.
ENCLOSED: dict[str, str] = {
    **{chr(base + i): chr(0x61 + i) for base in (0x1F150, 0x1F170, 0x1F110, 0x249C) for i in range(26)},
    **{chr(base + i): str(i + 1) for base in (0x2776, 0x2780, 0x278A, 0x2460, 0x2474, 0x2488) for i in range(10)},
    **{chr(base + i): str(i + 11) for base in (0x246A, 0x247E, 0x2492, 0x24EB) for i in range(10)},
    **{chr(0x24F5 + i): str(i + 1) for i in range(10)},
    **{chr(0x1F101 + i): str(i) for i in range(10)},
    **dict.fromkeys("\u24ea\u24ff\U0001f100\U0001f10b\U0001f10c", "0"),
}
ENCLOSED |= {chr(0x1F130 + i): chr(0x61 + i) for i in range(26)}

_HARD_RANGES = ((0x25A0, 0x27BF), (0x2B05, 0x2B55), (0x1F000, 0x1F0FF), (0x1F1E6, 0x1F1FF), (0x1F300, 0x1FAFF))
HARD_FILLERS = frozenset(
    chr(code)
    for first, last in _HARD_RANGES
    for code in range(first, last + 1)
    if chr(code) not in ENCLOSED and chr(code) not in VARIANTS
) | frozenset("※§¤†‡〒〓♂♀灬丶丨")
"""Emoji, dingbats, geometric shapes and ideographs written as dots: never part of a Chinese word."""

CIRCLES = frozenset("○◯")
"""Hard fillers that also stand for zero (二○二四年) or a masked name (李○○)."""

HEARTS = "❤♥♡💗💕💖💓💙💚💛💜🧡"
"""A heart is read 心, like 信: v❤, 威❤."""

MARKS = "*^~_|"
"""ASCII marks: fillers between two ideographs, ordinary elsewhere (masked names, tildes at a sentence's end)."""

DOTS = "."
LINKS = "/\\-·•・‧+=#&"
STOPS = ",:;、!?"
"""Punctuation that is a filler only inside a word a filter looks for; a stop only in a series of them."""

NUMERALS: dict[str, str] = dict(
    zip("零〇○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺", "0001234567891234567891", strict=True)
)
NUMERAL_UNITS = "十百千万亿拾佰仟"
DIGIT_LOOKALIKES: dict[str, str] = {
    "O": "0", "o": "0", "О": "0", "о": "0", "Ο": "0", "ο": "0",
    "l": "1", "I": "1", "І": "1", "Ι": "1", "ӏ": "1", "З": "3", "з": "3", "Ʒ": "3",
}  # fmt: skip
"""Letters read as digits inside a number, by their form in the text as given (l and I are ones, i and L are not)."""

_BROKEN = (
    "微信 转账 贷款 借款 放款 还款 网贷 信贷 裸贷 房贷 刷单 刷信 接单 派单 抢单 做单 带单 兼职 佣金 返佣 返利 返现 日结 赚钱 日赚 "
    "稳赚 盈利 收益 高薪 行卡 验证 证码 客服 投资 理财 提现 充值 扫码 加群 进群 加微 加我 加薇 私聊 彩票 博彩 赌博 赌场 下注 百家 "
    "棋牌 时时 六合 开奖 中奖 领奖 套现 跑分 取现 洗钱 涉嫌 通缉 冻结 解冻 征信 额度 抵押 无抵 信用 用卡 支付 付宝 花呗 借呗 白条 "
    "金条 退款 理赔 赔付 红包 任务 垫付 垫资 本金 点赞 关注 链接 点击 内幕 导师 股票 荐股 牛股 黑马 外汇 期货 虚拟 拟币 比特 特币 "
    "挖矿 裸聊 约炮 上门 同城 包养 色情 办证 发票 代开 刻章 汇款 打款 转入 转款 秒批 秒到 黑户 代办 招聘 招募 急招 诚聘 宝妈 保本 "
    "回本 翻倍 大奖 免费 引流 推广 拉人 收卡 收购 实名 注册 下载 公安 检察 法院 逮捕 保密 共享 屏幕 薇信 威信 徽信 维信 "
    "扣扣 企鹅 马扁 抖音 快手 淘宝 福利 博主 粉丝 手工 打字 资金 盘口 上分 下分 操盘 老虎 虎机 电报 群主 入群 拉群 复制 退改 改签 "
    "缴税 证金 代购 学费 利息 低息 利率 秒下 下款 流水 领导 局长 修复 垫款 采购 代付 逾期 注销 洗白 冒充 缴费 保障 保险"
)
BROKEN_WORDS = frozenset(_BROKEN.split())
"""Words a filter looks for, two ideographs each: a filler inside one is a disguise, a filler between words is not."""

_BROKEN_FORMS = "账户 账号 银行 身份 份证 电话 手机 密码 开户 联系 通知 安全 客户 视频 会议 老师 平台 网址 号码 诈骗 短信 包装 保证 贷记"
BROKEN_UNLESS_SPACED = frozenset(_BROKEN_FORMS.split())
"""Words of forms and headings, which typists spread over the line: broken by anything but spaces."""

BROKEN_LATIN = frozenset(("v信", "vx", "wx", "qq", "加v", "加q", "q群", "微x", "薇x", "tg", "+v", "v号"))
"""Pairs that a hard filler breaks with a Latin letter on at least one side."""
