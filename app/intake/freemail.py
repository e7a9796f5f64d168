"""Which mail domains, and which hosts of web pages, say nothing about the company that uses them?

A list of the well-known ones; a company's own domain that was missed here only means one link too many to look at.
"""

from __future__ import annotations

from app.intake.text import words


def _brands(table: str) -> set[str]:
    """``name: ending ending`` per line, as domains."""
    domains = set()
    for entry in table.strip().splitlines():
        names, endings = entry.split(":")
        domains |= {f"{name}.{ending}" for name in names.split() for ending in endings.split()}
    return domains


FREE_MAIL = frozenset(
    _brands(
        """
        gmail googlemail: com
        outlook: com fr de es it jp kr sa at be cl cz dk ie in pt sg hu lv sk my ph co.th com.ar com.au com.br
        outlook: com.gr com.tr
        outlook: com.vn co.id co.il
        hotmail: com fr de es it be nl ca ch at se no dk fi gr hu cl my ph sg pt cz sk rs lv lt co.uk co.in co.jp
        hotmail: co.kr
        hotmail: co.th co.nz co.za co.il com.ar com.au com.br com.mx com.tr com.tw com.hk com.vn
        live: com fr de it nl be ca cn at se no dk ie jp cl in ru hk co.uk com.ar com.au com.mx com.my com.pt
        live: com.sg co.za co.kr
        yahoo: com ca de es fr gr ie in it no pl ro se dk at be ch cl cz fi hu nl pt cn co.id co.il co.in co.jp
        yahoo: co.kr co.nz
        yahoo: co.th co.uk co.za com.ar com.au com.br com.cn com.co com.hk com.mx com.my com.ph com.sg com.tr
        yahoo: com.tw com.vn
        yahoo: com.ve com.pe
        aol: com co.uk de fr it es in jp com.au com.br com.mx
        gmx: com net de at ch fr us li info biz org eu co.uk
        mail: com ru ua bg by kz ee ch de
        protonmail: com ch
        proton: me
        tutanota: com de
        zoho: com eu in
        yandex: com ru by kz ua fr com.tr
        email: com cz de it
        inbox: com lv lt ru eu
        fastmail: com fm net org us
        qq 163 126 139 188 sina sohu 21cn tom sogou chinaren aliyun foxmail yeah eyou 263 netease: com
        189 wo sina 21cn: cn
        sina yahoo hotmail 263 21cn: com.cn
        163 263 yeah: net
        freenet web arcor t-online online unitybox vodafonemail kabelmail: de
        wp o2 op poczta gazeta tlen vp buziaczek go2 autograf konto amorki onet interia: pl
        seznam centrum atlas volny post quick: cz
        azet zoznam centrum post pobox: sk
        freemail citromail indamail t-online vipmail: hu
        abv dir gbg: bg
        uol bol terra ig globo oi r7 globomail zipmail superig pop click21 brturbo: com.br
        bol ig: com
        libero virgilio alice tin tim tiscali inwind iol tiscalinet fastwebnet poste katamail kataweb supereva jumpy: it
        orange wanadoo laposte free sfr neuf club-internet aliceadsl numericable bbox voila noos: fr
        cegetel 9online dbmail: fr
        """
    )
) | frozenset(
    words(
        """
        me.com mac.com icloud.com ymail.com rocketmail.com msn.com passport.com windowslive.com love.com aim.com
        netscape.net games.com pm.me tuta.io tuta.com tutamail.com keemail.me zohomail.com zohomail.in
        zohomail.eu hushmail.com hushmail.me lycos.com excite.com juno.com usa.com usa.net bigfoot.com care2.com
        myspace.com prodigy.net earthlink.net mindspring.com netzero.net compuserve.com peoplepc.com
        sbcglobal.net bellsouth.net pacbell.net ameritech.net swbell.net snet.net flash.net nvbell.net wans.net
        att.net comcast.net verizon.net cox.net charter.net optonline.net roadrunner.com rr.com twc.com
        frontier.com frontiernet.net windstream.net centurylink.net centurytel.net embarqmail.com q.com
        suddenlink.net rcn.com atlanticbb.net cableone.net btinternet.com btopenworld.com talk21.com sky.com
        virginmedia.com virgin.net ntlworld.com blueyonder.co.uk tiscali.co.uk talktalk.net tesco.net orange.net
        o2.co.uk freeserve.co.uk lineone.net fsmail.net wanadoo.co.uk supanet.com plusnet.com laposte.net
        tele2.it aruba.it terra.es telefonica.net ya.com ono.com wanadoo.es telenet.be skynet.be proximus.be
        scarlet.be pandora.be voo.be ziggo.nl kpnmail.nl planet.nl hetnet.nl home.nl xs4all.nl upcmail.nl
        casema.nl chello.nl quicknet.nl zonnet.nl zeelandnet.nl caiway.nl solcon.nl hccnet.nl bluewin.ch
        sunrise.ch hispeed.ch swissonline.ch bluemail.ch aon.at chello.at utanet.at inode.at a1.net kabsi.at
        telia.com bredband.net comhem.se spray.se passagen.se swipnet.se home.se broadpark.no frisurf.no
        getmail.no online.no start.no jubii.dk stofanet.dk youmail.dk ofir.dk webspeed.dk post.tele.dk
        luukku.com suomi24.fi kolumbus.fi elisanet.fi welho.com saunalahti.fi pp.inet.fi netti.fi mail.bg
        sapo.pt clix.pt iol.pt netcabo.pt otenet.gr in.gr hol.gr forthnet.gr pathfinder.gr mynet.com
        superonline.com ttmail.com walla.com walla.co.il nana.co.il netvision.net.il bezeqint.net zahav.net.il
        013.net 012.net.il maktoob.com rediffmail.com rediff.com sify.com indiatimes.com vsnl.com vsnl.net
        in.com sancharnet.in dataone.in bsnl.in naver.com hanmail.net daum.net nate.com hanmir.com paran.com
        freechal.com dreamwiz.com chol.com empal.com lycos.co.kr kakao.com docomo.ne.jp ezweb.ne.jp au.com
        softbank.ne.jp i.softbank.jp ymobile.ne.jp nifty.com biglobe.ne.jp so-net.ne.jp ocn.ne.jp plala.or.jp
        dion.ne.jp infoseek.jp excite.co.jp goo.jp livedoor.com bigpond.com bigpond.net.au optusnet.com.au
        iinet.net.au tpg.com.au westnet.com.au adam.com.au dodo.com.au internode.on.net ozemail.com.au
        aapt.net.au xtra.co.nz slingshot.co.nz clear.net.nz paradise.net.nz ihug.co.nz orcon.net.nz rogers.com
        sympatico.ca shaw.ca telus.net videotron.ca bell.net cogeco.ca eastlink.ca mts.net sasktel.net
        mweb.co.za telkomsa.net webmail.co.za vodamail.co.za iafrica.com absamail.co.za lantic.net
        prodigy.net.mx infinitummail.com fibertel.com.ar arnet.com.ar speedy.com.ar ciudad.com.ar singnet.com.sg
        pacific.net.sg starhub.net.sg streamyx.com tm.net.my pldtdsl.net netvigator.com ctimail.com
        pchome.com.tw seed.net.tw ms.hinet.net hinet.net giga.net.tw vip.qq.com vip.163.com vip.126.com
        vip.sina.com vip.sohu.com vip.tom.com my3ia.sina.com hainan.net bjcnmail.com 2980.com citiz.net
        etang.com yesky.com elong.com 3126.com 371.net bk.ru list.ru internet.ru rambler.ru lenta.ru
        autorambler.ru myrambler.ro ro.ru land.ru nm.ru pochta.ru qip.ru hotbox.ru newmail.ru fromru.com ya.ru
        ukr.net i.ua meta.ua bigmir.net email.ua tut.by onet.eu interia.eu pobox.com mailfence.com runbox.com
        posteo.de posteo.net disroot.org riseup.net startmail.com mailbox.org countermail.com kolabnow.com
        ctemplar.com lavabit.com cock.li duck.com hey.com simplelogin.com post.com consultant.com engineer.com
        doctor.com lawyer.com writeme.com iname.com accountant.com europe.com asia.com cheerful.com workmail.com
        contractor.net techie.com programmer.net myself.com mail2world.com inboxalias.com hailmail.net
        emailuser.net sent.com speedymail.org mailcan.com 123mail.org linuxmail.org operamail.com myway.com
        techemail.com relay.firefox.com mozmail.com privaterelay.appleid.com voila.fr caramail.com
        """
    )
)
"""Anybody can have an address there."""

THROWN_AWAY = frozenset(
    words(
        """
        10minutemail.com 10minutemail.net 20minutemail.com 33mail.com anonaddy.me anonbox.net burnermail.io
        byom.de bccto.me chacuo.net cuvox.de dayrep.com deadaddress.com discard.email discardmail.com
        discardmail.de dispostable.com dropmail.me einrot.com emailondeck.com emailtemp.org emltmp.com
        fakeinbox.com fakemail.net fakemailgenerator.com fleckens.hu getairmail.com getnada.com gishpuppy.com
        grr.la guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info guerrillamail.net
        guerrillamail.org guerrillamailblock.com gustr.com harakirimail.com incognitomail.org inboxbear.com
        inboxkitten.com jetable.org jourrapide.com kasmail.com linshiyouxiang.net mail-temp.com mail.tm
        mailcatch.com maildrop.cc mailexpire.com mailinator.com mailinator.net mailinator2.com mailismagic.com
        mailmoat.com mailnesia.com mailnull.com mailpoof.com mailsac.com mailtemp.info mailto.plus meltmail.com
        minutemail.com mintemail.com moakt.cc moakt.com mohmal.com mt2015.com mytemp.email mytrashmail.com
        nada.email nowmymail.com objectmail.com one-time.email onetime-mail.com pokemail.net rhyta.com
        sharklasers.com shieldemail.com smashmail.de sogetthis.com spam4.me spambog.com spambox.us spamex.com
        spamfree24.org spamgourmet.com spamherelots.com spamspot.com superrito.com suremail.info teleworm.us
        temp-mail.io temp-mail.org temp-mail.ru tempail.com tempemail.co tempemail.net tempinbox.com
        tempmail.com tempmail.de tempmail.dev tempmail.net tempmail.plus tempmailaddress.com tempmailo.com
        tempr.email thankyou2010.com throwam.com throwawaymail.com tmail.ws tmpmail.net tmpmail.org
        trash-mail.com trash-mail.de trashmail.com trashmail.de trashmail.net trashmail.ws tyldd.com uroid.com
        wegwerfmail.de wegwerfmail.net wegwerfmail.org yopmail.com yopmail.fr yopmail.net zetmail.com
        zoemail.org armyspy.com mvrht.net 027168.com
        """
    )
)
"""Addresses there are made to be thrown away."""

PUBLIC_SITES = frozenset(
    words(
        """
        1688.com about.me alibaba.com amazon.com baidu.com behance.net bilibili.com bing.com bit.ly carrd.co
        crunchbase.com douyin.com dribbble.com ebay.com etsy.com example.com
        example.net example.org facebook.com fb.com github.com gitlab.com
        google.com instagram.com jd.com line.me linkedin.com linktr.ee made-in-china.com medium.com notion.site
        pinduoduo.com pinterest.com qcc.com reddit.com t.me taobao.com telegram.me tianyancha.com tiktok.com
        tmall.com twitter.com vk.com wa.me wechat.com weibo.com weixin.qq.com whatsapp.com wikipedia.org x.com
        xiaohongshu.com xing.com yelp.com youtu.be youtube.com zhihu.com
        """
    )
)
"""Pages of many companies live there side by side."""
