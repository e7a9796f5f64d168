"""What are China's provinces, prefectures and better-known county-level cities called?

Facts of the administrative division, by ISO 3166-2 code. Codes and names must not change with a library's release,
since stored leads and policies refer to them.
"""

from __future__ import annotations

import re

from app.intake.text import words

_PROVINCES = """
    BJ: 北京 北京市 京 beijing peking
    TJ: 天津 天津市 津 tianjin tientsin
    HE: 河北 河北省 冀 hebei
    SX: 山西 山西省 晋 shanxi
    NM: 内蒙古 内蒙古自治区 内蒙 蒙 inner-mongolia nei-mongol neimenggu nei-menggu
    LN: 辽宁 辽宁省 辽 遼寧 遼寧省 liaoning
    JL: 吉林 吉林省 吉 jilin
    HL: 黑龙江 黑龙江省 黑 黑龍江 黑龍江省 heilongjiang
    SH: 上海 上海市 沪 申 滬 shanghai
    JS: 江苏 江苏省 苏 江蘇 江蘇省 jiangsu
    ZJ: 浙江 浙江省 浙 zhejiang
    AH: 安徽 安徽省 皖 anhui
    FJ: 福建 福建省 闽 閩 fujian
    JX: 江西 江西省 赣 贛 jiangxi
    SD: 山东 山东省 鲁 山東 山東省 shandong
    HA: 河南 河南省 豫 henan
    HB: 湖北 湖北省 鄂 hubei
    HN: 湖南 湖南省 湘 hunan
    GD: 广东 广东省 粤 廣東 廣東省 guangdong canton-province
    GX: 广西 广西壮族自治区 广西省 桂 廣西 guangxi guangxi-zhuang
    HI: 海南 海南省 琼 hainan
    CQ: 重庆 重庆市 渝 重慶 重慶市 chongqing chungking
    SC: 四川 四川省 川 蜀 sichuan szechuan
    GZ: 贵州 贵州省 贵 黔 貴州 guizhou
    YN: 云南 云南省 云 滇 雲南 yunnan
    XZ: 西藏 西藏自治区 藏 xizang tibet
    SN: 陕西 陕西省 陕 秦 陝西 shaanxi
    GS: 甘肃 甘肃省 甘 陇 甘肅 gansu
    QH: 青海 青海省 青 qinghai
    NX: 宁夏 宁夏回族自治区 宁夏省 宁 寧夏 ningxia ningxia-hui
    XJ: 新疆 新疆维吾尔自治区 新疆省 新 xinjiang xinjiang-uygur xinjiang-uyghur
    TW: 台湾 台湾省 台 臺灣 台灣 taiwan
    HK: 香港 香港特别行政区 港 香港特別行政區 hong-kong hongkong
    MO: 澳门 澳门特别行政区 澳 澳門 macao macau
"""

_CITIES = """
    BJ: 北京 beijing
    TJ: 天津 tianjin
    HE: 保定 baoding 唐山 tangshan 秦皇岛 qinhuangdao 廊坊 langfang 沧州 cangzhou 邢台 xingtai 邯郸 handan
        衡水 hengshui 石家庄 shijiazhuang 张家口 zhangjiakou 承德 chengde 迁安 qianan 任丘 renqiu 定州 dingzhou
        辛集 xinji 三河 sanhe 涿州 zhuozhou
    SX: 太原 taiyuan 晋中 jinzhong 运城 yuncheng 临汾 linfen 大同 datong 晋城 jincheng 长治 changzhi
        忻州 xinzhou 朔州 shuozhou 吕梁 luliang 阳泉 yangquan
    NM: 包头 baotou 呼和浩特 hohhot 乌兰察布 ulanqab 鄂尔多斯 ordos 巴彦淖尔 bayan-nur 乌海 wuhai
        呼伦贝尔 hulunbuir 通辽 tongliao 赤峰 chifeng 兴安 hinggan 锡林郭勒 xilingol 阿拉善 alxa
        满洲里 manzhouli 锡林浩特 xilinhot
    LN: 本溪 benxi 营口 yingkou 大连 dalian 沈阳 shenyang 辽阳 liaoyang 阜新 fuxin 盘锦 panjin 朝阳 chaoyang
        锦州 jinzhou 铁岭 tieling 丹东 dandong 抚顺 fushun 葫芦岛 huludao 鞍山 anshan 瓦房店 wafangdian
        海城 haicheng
    JL: 长春 changchun 四平 siping 辽源 liaoyuan 松原 songyuan 白城 baicheng 白山 baishan 延边 yanbian
        吉林 jilin 通化 tonghua 延吉 yanji 公主岭 gongzhuling
    HL: 佳木斯 jiamusi 哈尔滨 harbin 齐齐哈尔 qiqihar 牡丹江 mudanjiang 大庆 daqing 绥化 suihua 黑河 heihe
        鸡西 jixi 七台河 qitaihe 鹤岗 hegang 双鸭山 shuangyashan 伊春 yichun 大兴安岭 da-hinggan-ling
    SH: 上海 shanghai
    JS: 常州 changzhou 南京 nanjing 无锡 wuxi 镇江 zhenjiang 连云港 lianyungang 盐城 yancheng 宿迁 suqian
        南通 nantong 徐州 xuzhou 淮安 huaian 扬州 yangzhou 泰州 taizhou 苏州 suzhou 昆山 kunshan 江阴 jiangyin
        张家港 zhangjiagang 常熟 changshu 太仓 taicang 宜兴 yixing 丹阳 danyang 如皋 rugao 启东 qidong
        海门 haimen 泰兴 taixing 靖江 jingjiang 溧阳 liyang 邳州 pizhou 兴化 xinghua 东台 dongtai 仪征 yizheng
    ZJ: 温州 wenzhou 嘉兴 jiaxing 湖州 huzhou 舟山 zhoushan 绍兴 shaoxing 衢州 quzhou 金华 jinhua 台州 taizhou
        丽水 lishui 杭州 hangzhou 宁波 ningbo 义乌 yiwu 慈溪 cixi 余姚 yuyao 诸暨 zhuji 乐清 yueqing 瑞安 ruian
        温岭 wenling 海宁 haining 桐乡 tongxiang 平湖 pinghu 东阳 dongyang 永康 yongkang 嵊州 shengzhou
        临海 linhai
    AH: 巢湖 chaohu 合肥 hefei 蚌埠 bengbu 芜湖 wuhu 淮南 huainan 阜阳 fuyang 滁州 chuzhou 池州 chizhou
        马鞍山 maanshan 黄山 huangshan 宣城 xuancheng 铜陵 tongling 安庆 anqing 宿州 suzhou 六安 luan
        淮北 huaibei 亳州 bozhou 桐城 tongcheng
    FJ: 福州 fuzhou 莆田 putian 厦门 xiamen 漳州 zhangzhou 泉州 quanzhou 三明 sanming 宁德 ningde 南平 nanping
        龙岩 longyan 晋江 jinjiang 石狮 shishi 南安 nanan 福清 fuqing 龙海 longhai
    JX: 南昌 nanchang 鹰潭 yingtan 上饶 shangrao 宜春 yichun 新余 xinyu 萍乡 pingxiang 九江 jiujiang
        赣州 ganzhou 景德镇 jingdezhen 吉安 jian 抚州 fuzhou 瑞金 ruijin 丰城 fengcheng
    SD: 济南 jinan 淄博 zibo 烟台 yantai 潍坊 weifang 滨州 binzhou 东营 dongying 临沂 linyi 日照 rizhao
        枣庄 zaozhuang 威海 weihai 青岛 qingdao 聊城 liaocheng 德州 dezhou 泰安 taian 济宁 jining 菏泽 heze
        莱芜 laiwu 胶州 jiaozhou 即墨 jimo 平度 pingdu 莱西 laixi 龙口 longkou 荣成 rongcheng 寿光 shouguang
        邹城 zoucheng 滕州 tengzhou 诸城 zhucheng 高密 gaomi 曲阜 qufu
    HA: 郑州 zhengzhou 洛阳 luoyang 安阳 anyang 开封 kaifeng 焦作 jiaozuo 新乡 xinxiang 许昌 xuchang 漯河 luohe
        平顶山 pingdingshan 濮阳 puyang 三门峡 sanmenxia 鹤壁 hebi 信阳 xinyang 驻马店 zhumadian 周口 zhoukou
        商丘 shangqiu 南阳 nanyang 济源 jiyuan 巩义 gongyi 新郑 xinzheng 禹州 yuzhou 长葛 changge
    HB: 武汉 wuhan 荆门 jingmen 宜昌 yichang 恩施 enshi 黄石 huangshi 鄂州 ezhou 黄冈 huanggang 孝感 xiaogan
        随州 suizhou 十堰 shiyan 荆州 jingzhou 咸宁 xianning 仙桃 xiantao 潜江 qianjiang 襄阳 xiangyang
        天门 tianmen 神农架 shennongjia 大冶 daye 枣阳 zaoyang
    HN: 岳阳 yueyang 长沙 changsha 湘潭 xiangtan 株洲 zhuzhou 衡阳 hengyang 郴州 chenzhou 常德 changde
        益阳 yiyang 娄底 loudi 邵阳 shaoyang 怀化 huaihua 张家界 zhangjiajie 永州 yongzhou 湘西 xiangxi
        浏阳 liuyang 宁乡 ningxiang 醴陵 liling
    GD: 广州 guangzhou 汕头 shantou 汕尾 shanwei 揭阳 jieyang 梅州 meizhou 河源 heyuan 潮州 chaozhou
        清远 qingyuan 韶关 shaoguan 云浮 yunfu 深圳 shenzhen 中山 zhongshan 肇庆 zhaoqing 湛江 zhanjiang
        阳江 yangjiang 茂名 maoming 珠海 zhuhai 惠州 huizhou 江门 jiangmen 佛山 foshan 东莞 dongguan 顺德 shunde
        普宁 puning 台山 taishan
    GX: 南宁 nanning 柳州 liuzhou 桂林 guilin 玉林 yulin 梧州 wuzhou 北海 beihai 防城港 fangchenggang 百色 baise
        钦州 qinzhou 河池 hechi 贵港 guigang 贺州 hezhou 来宾 laibin 崇左 chongzuo 北流 beiliu
    HI: 海口 haikou 三亚 sanya 三沙 sansha 儋州 danzhou 琼海 qionghai 文昌 wenchang 万宁 wanning 东方 dongfang
        五指山 wuzhishan
    CQ: 重庆 chongqing
    SC: 凉山 liangshan 攀枝花 panzhihua 南充 nanchong 遂宁 suining 达州 dazhou 泸州 luzhou 内江 neijiang
        宜宾 yibin 自贡 zigong 乐山 leshan 眉山 meishan 德阳 deyang 广元 guangyuan 绵阳 mianyang 成都 chengdu
        资阳 ziyang 甘孜 garze 阿坝 aba 巴中 bazhong 广安 guangan 雅安 yaan 都江堰 dujiangyan 西昌 xichang
        简阳 jianyang
    GZ: 贵阳 guiyang 遵义 zunyi 安顺 anshun 铜仁 tongren 黔东南 qiandongnan 黔南 qiannan 六盘水 liupanshui
        黔西南 qianxinan 毕节 bijie 仁怀 renhuai 凯里 kaili 都匀 duyun 兴义 xingyi
    YN: 红河 honghe 楚雄 chuxiong 曲靖 qujing 玉溪 yuxi 昆明 kunming 大理 dali 丽江 lijiang 文山 wenshan
        普洱 puer 保山 baoshan 临沧 lincang 怒江 nujiang 德宏 dehong 西双版纳 xishuangbanna 迪庆 diqing
        昭通 zhaotong 芒市 mangshi 香格里拉 shangri-la 安宁 anning
    XZ: 拉萨 lhasa 日喀则 xigaze 山南 shannan 林芝 nyingchi 昌都 qamdo 那曲 nagqu 阿里 ngari
    SN: 西安 xian 渭南 weinan 咸阳 xianyang 汉中 hanzhong 宝鸡 baoji 铜川 tongchuan 延安 yanan 榆林 yulin
        商洛 shangluo 安康 ankang 神木 shenmu 韩城 hancheng
    GS: 兰州 lanzhou 嘉峪关 jiayuguan 张掖 zhangye 武威 wuwei 白银 baiyin 酒泉 jiuquan 定西 dingxi 临夏 linxia
        庆阳 qingyang 天水 tianshui 平凉 pingliang 甘南 gannan 陇南 longnan 金昌 jinchang
    QH: 海西 haixi 西宁 xining 海东 haidong 海南 hainan 海北 haibei 玉树 yushu 果洛 golog 黄南 huangnan
    NX: 石嘴山 shizuishan 吴忠 wuzhong 固原 guyuan 银川 yinchuan 中卫 zhongwei
    XJ: 乌鲁木齐 urumqi 昌吉 changji 石河子 shihezi 巴音郭楞 bayingolin 喀什 kashi 吐鲁番 turpan 哈密 hami
        阿克苏 aksu 伊犁 ili 博尔塔拉 bortala 克拉玛依 karamay 克孜勒苏 kizilsu 和田 hotan 塔城 tacheng
        阿勒泰 altay 阿拉尔 aral 图木舒克 tumxuk 五家渠 wujiaqu 库尔勒 korla 伊宁 yining
"""

PROVINCES: dict[str, tuple[str, ...]] = {
    f"CN-{code.strip()}": tuple(name.replace("-", " ") for name in names.split())
    for code, names in (line.split(":") for line in _PROVINCES.strip().splitlines())
}
"""ISO 3166-2 code → names: the usual Chinese one first, then others, Pinyin and English in lower case."""


def _cities() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for code, names in re.findall(r"([A-Z]{2}):([^:]*)(?=\n\s*[A-Z]{2}:|\s*\Z)", _CITIES):
        pairs = words(names)
        found[f"CN-{code}"] = dict(zip(pairs[::2], pairs[1::2], strict=True))
    return found


CITIES: dict[str, dict[str, str]] = _cities()
"""ISO 3166-2 code → Chinese short name → slug."""

MUNICIPALITIES = frozenset({"CN-BJ", "CN-TJ", "CN-SH", "CN-CQ"})

PLACE_NAMES: frozenset[str] = frozenset(
    name
    for name in (
        *(name for names in PROVINCES.values() for name in names),
        *(name for cities in CITIES.values() for name in cities),
    )
    if 2 <= len(name) <= 3 and name >= "\u4e00" and name != "阿里"  # a company begins so
)
"""Chinese names of two or three characters with which a company's name may begin."""

_AUTONOMOUS = "(?:[\u4e00-\u9fff]{1,12}族|柯尔克孜|蒙古)?自治州"

CITY_TAIL = re.compile(f"{_AUTONOMOUS}|地区|林区|盟|市|州")
"""What may follow the short name of a city or prefecture."""
PREFECTURE_TAIL = re.compile(f"{_AUTONOMOUS}|州")
"""What only follows that of an autonomous prefecture, whose short name may be a province's."""
