"""What do people call the fields of a lead in their forms, and in which part of a field does a name ask for?

One table, in the languages that forms are written in. A row is a target, how specific its names are, and the names as
people write them; case, accents, blanks and punctuation do not count. To teach a name, add it to a row.

A target is a field of a lead, or a part of one (``name.first``), which :mod:`app.intake.recognition` joins. What could
be two things is in no row: ``CAP`` (a postal code in Italy), ``cargo`` (a job in Spain), ``联系方式`` (phone, WeChat).
"""

from __future__ import annotations

from typing import Final

SPECIFIC: Final = 30
PLAIN: Final = 20
WEAK: Final = 10

NAMES: Final[tuple[tuple[str, int, str], ...]] = (
    # Who.
    ("name", SPECIFIC, """
        full name, fullname, your full name, contact name, contact person, complete name, person name
        attendee name, 姓名, 联系人, 联系人姓名, 您的姓名, 客户姓名, 真实姓名, 聯絡人, 聯絡人姓名, 聯繫人, 連絡人
        vor und nachname, vorname und nachname, name vorname, vorname nachname, vollständiger name, ansprechpartner
        nom complet, nom et prénom, nom prénom, prénom et nom, prénom nom, nombre completo, nombre y apellidos
        nombre y apellido, nombres y apellidos, nome completo, nome e cognome, nome cognome, cognome e nome
        nome e sobrenome, volledige naam, voor en achternaam, contactpersoon, imię i nazwisko, imię nazwisko
        ad soyad, adı soyadı, adınız soyadınız, isim soyisim, ad soyadı, adınız ve soyadınız, фио, полное имя
        имя и фамилия, имя фамилия, фамилия имя, фамилия и имя, контактное лицо, ф и о, お名前, 氏名, 名前, ご氏名
        御氏名, 担当者名, ご担当者名, 担当者氏名, 성명, 성함, 담당자, 담당자명, 담당자 성함
        """),
    ("name", WEAK, "称呼, 您的称呼, 稱呼, 怎么称呼您, 如何称呼, 联系人称呼"),
    ("name.full_or_last", PLAIN, "name, nom, naam"),
    ("name.full_or_first", PLAIN, "nome, nombre, nombres, имя, imię, isim, adınız, 이름, 名字"),
    ("name.first", PLAIN, """
        first name, given name, forename, fname, first names, 名, vorname, rufname, prénom, primer nombre
        primeiro nome, voornaam, 下の名前, given names
        """),
    ("name.middle", PLAIN, "middle name, middle initial, second name, отчество, tussenvoegsel, zweiter vorname"),
    ("name.last", PLAIN, """
        last name, surname, family name, lname, second surname, 姓, 姓氏, nachname, familienname, nom de famille
        apellido, apellidos, primer apellido, sobrenome, apelido, último nome, cognome, achternaam, nazwisko, soyad
        soyadı, soyadınız, soyisim, фамилия, 苗字, 성, 성씨
        """),
    ("title", PLAIN, """
        title, job title, jobtitle, job position, position title, job role, occupation, designation, 职位, 职务
        岗位, 您的职位, 担任职务, 职称, 職位, 職務, 職稱, 職銜, berufsbezeichnung, stellenbezeichnung, jobtitel
        fonction, poste, intitulé du poste, puesto, puesto de trabajo, cargo que ocupa, cargo na empresa
        cargo en la empresa, posizione lavorativa, qualifica, ruolo aziendale, functietitel, functie, stanowisko
        unvan, görev, pozisyon, должность, 役職, 役職名, 職種, 직책, 직급, 직함, 직위
        """),
    ("title", WEAK, "position, role, ruolo, funktion, função, your role, job function, job"),
    # How to reach them.
    ("email", SPECIFIC, """
        work email, business email, company email, corporate email, professional email, work email address
        business email address, company email address, office email, official email, 工作邮箱, 企业邮箱, 公司邮箱
        商务邮箱, 工作郵箱, 公司郵箱, 公司信箱, 企業郵箱, geschäftliche e mail, geschäftliche e mail adresse
        email professionnel, e mail professionnel, adresse email professionnelle, correo corporativo
        correo empresarial, correo electrónico corporativo, email corporativo, e mail corporativo
        email empresarial, email aziendale, e mail aziendale, zakelijk e mailadres, zakelijke email, email służbowy
        e mail służbowy, iş e posta, iş e postası, kurumsal e posta, корпоративная почта, рабочая почта
        рабочий email, 会社メールアドレス, 회사 이메일, 업무용 이메일
        """),
    ("email", PLAIN, """
        email, e mail, email address, e mail address, email id, mail address, emailaddr, email adress, 邮箱
        电子邮箱, 电子邮件, 邮箱地址, 电子邮件地址, 电子邮箱地址, 邮件地址, 电邮, 联系邮箱, 常用邮箱, 電子郵件
        電子郵箱, 電子信箱, 電郵, 郵箱, 信箱, 電郵地址, 電子郵件地址, 聯絡信箱, email adresse, e mail adresse
        mailadresse, courriel, adresse email, adresse e mail, adresse mail, adresse électronique, adresse courriel
        correo electrónico, dirección de correo, dirección de correo electrónico, dirección de email
        endereço de email, endereço de e mail, correio eletrónico, correio eletrônico, melhor email, melhor e mail
        indirizzo email, indirizzo e mail, indirizzo di posta elettronica, posta elettronica, e mailadres
        emailadres, adres email, adres e mail, e posta, eposta, e posta adresi, e posta adresiniz
        электронная почта, эл почта, адрес электронной почты, e mail адрес, имейл, メールアドレス, eメール
        電子メール, 이메일, 이메일 주소, 전자우편
        """),
    ("email", WEAK, "mail, correo, почта, 邮件, 郵件, メール, 메일, personal email, private email, 个人邮箱"),
    ("phone", SPECIFIC, """
        mobile, mobile phone, mobile number, mobile no, mobile phone number, cell, cell phone, cellphone
        cell number, cell phone number, mobilephone, 手机, 手机号, 手机号码, 移动电话, 联系手机, 手机电话, 手機
        手機號, 手機號碼, 行動電話, 流動電話, handy, handynummer, mobilnummer, mobiltelefon, mobilfunknummer
        téléphone portable, téléphone mobile, numéro de portable, numéro de mobile, celular, móvil, teléfono móvil
        teléfono celular, número de celular, número de móvil, telemóvel, telefone celular, número de telemóvel
        cellulare, numero di cellulare, telefono cellulare, mobiel, mobiel nummer, mobiele nummer
        telefon komórkowy, komórka, numer komórkowy, cep telefonu, cep numarası, мобильный, мобильный телефон
        номер мобильного, номер мобильного телефона, сотовый, сотовый телефон, 携帯電話, 携帯番号, 携帯電話番号
        휴대폰, 휴대폰 번호, 휴대전화, 휴대전화 번호, 핸드폰, 핸드폰 번호
        """),
    ("phone", PLAIN, """
        phone, phone number, phone no, telephone, telephone number, tel, tel no, tel number, phonenumber
        contact number, contact no, contact phone, work phone, business phone, office phone, direct phone
        daytime phone, work phone number, business phone number, callback number, 电话, 电话号码, 联系电话
        您的电话, 联系号码, 電話, 電話號碼, 聯絡電話, 聯繫電話, 連絡電話, telefon, telefonnummer, rufnummer
        téléphone, numéro de téléphone, n de téléphone, teléfono, número de teléfono, teléfono de contacto
        telefone, número de telefone, telefone de contato, telefono, numero di telefono, recapito telefonico
        telefoon, telefoonnummer, numer telefonu, nr telefonu, telefon kontaktowy, telefon numarası, telefon no
        telefon numaranız, телефон, номер телефона, контактный телефон, ваш телефон, 電話番号, お電話番号
        ご連絡先電話番号, 전화, 전화번호
        """),
    ("phone", WEAK, """
        whatsapp, whatsapp number, home phone, 座机, 固定电话, 公司电话, 연락처, telefoon thuis, landline
        """),
    ("language", PLAIN, """
        language, lang, locale, preferred language, language preference, spoken language, 语言, 首选语言, 沟通语言
        語言, sprache, bevorzugte sprache, langue, idioma, idioma preferido, lingua, taal, voorkeurstaal, język
        dil, язык, 言語, ご希望の言語, 언어
        """),
    ("do_not_contact", PLAIN, "do not contact, dnc, dont contact, 请勿联系, 勿联系, 不要联系, 勿扰, 免打扰"),
    # For whom they work.
    ("company", SPECIFIC, """
        company name, name of company, business name, organization name, organisation name, company legal name
        name of organization, name of organisation, companyname, 公司名称, 企业名称, 单位名称, 公司全称, 机构名称
        公司名, 公司名稱, 企業名稱, 單位名稱, 公司全名, firmenname, unternehmensname, name des unternehmens
        name der firma, nom de la société, nom de l entreprise, nom de votre entreprise, raison sociale
        nombre de la empresa, nombre de empresa, razón social, nome da empresa, nome empresa, razão social
        nome azienda, nome dell azienda, ragione sociale, bedrijfsnaam, naam bedrijf, nazwa firmy, şirket adı
        firma adı, şirketinizin adı, şirket ismi, название компании, наименование компании, название организации
        наименование организации, 会社名, 貴社名, 御社名, 企業名, 勤務先名, 회사명, 회사 이름, 업체명, 기업명
        기관명
        """),
    ("company", PLAIN, """
        company, organization, organisation, 公司, 企业, 单位, 所在公司, 所在单位, 工作单位, 贵司, 您的公司, 企業
        單位, 任職公司, firma, unternehmen, société, entreprise, empresa, compañía, azienda, società, bedrijf
        organisatie, şirket, компания, организация, 会社, 勤務先, ご所属, 회사, 소속
        """),
    ("company", WEAK, "account name, business, institution, 机构, firm, organización, organização, organizzazione"),
    ("website", PLAIN, """
        website, web site, company website, website url, company url, homepage, web page, website address
        company web site, 官网, 网站, 公司网址, 公司网站, 企业官网, 公司官网, 官方网站, 官網, 網站, 公司網址
        公司網站, webseite, internetseite, webauftritt, site web, site internet, site de l entreprise, sitio web
        página web, site da empresa, sito web, sito internet, sito aziendale, bedrijfswebsite, strona www
        strona internetowa, web sitesi, internet sitesi, сайт, веб сайт, сайт компании, ホームページ, ウェブサイト
        会社url, webサイト, 홈페이지, 웹사이트
        """),
    ("industry", PLAIN, """
        industry, industry sector, business sector, company industry, industry type, line of business, 行业
        所属行业, 所在行业, 行业类型, 公司行业, 行業, 所屬行業, 產業, 產業別, 行業別, branche, industrie
        wirtschaftszweig, secteur d activité, secteur, secteur activité, sector, sector de actividad, industria
        rubro, setor, setor de atuação, segmento de atuação, ramo de atividade, settore, settore di attività
        sector van het bedrijf, bedrijfstak, branża, sektör, sektörünüz, отрасль, сфера деятельности, 業種, 業界
        산업, 업종, 산업군, 업계
        """),
    ("employees", PLAIN, """
        employees, number of employees, no of employees, employee count, num employees, numemployees, company size
        headcount, team size, how many employees, how many employees do you have, staff size, employees count
        员工人数, 员工数, 员工规模, 公司规模, 企业规模, 人员规模, 公司人数, 员工数量, 人数规模, 員工人數, 公司規模
        企業規模, mitarbeiter, mitarbeiterzahl, anzahl mitarbeiter, anzahl der mitarbeiter, unternehmensgröße
        firmengröße, nombre d employés, nombre de salariés, effectif, effectifs, taille de l entreprise
        nombre employés, empleados, número de empleados, tamaño de la empresa, cantidad de empleados, funcionários
        número de funcionários, quantidade de funcionários, número de colaboradores, tamanho da empresa, dipendenti
        numero di dipendenti, numero dipendenti, dimensione azienda, aantal medewerkers, aantal werknemers
        medewerkers, bedrijfsgrootte, liczba pracowników, wielkość firmy, çalışan sayısı, şirket büyüklüğü
        personel sayısı, количество сотрудников, число сотрудников, численность сотрудников, 従業員数, 社員数
        직원수, 직원 수, 임직원수, 회사 규모
        """),
    ("annual_revenue", PLAIN, """
        annual revenue, yearly revenue, company revenue, annual turnover, annual sales, 年营收, 年收入规模
        年营业额, 年销售额, 营业额, 年營收, 年營業額, jahresumsatz, umsatz, chiffre d affaires
        chiffre d affaires annuel, facturación anual, ingresos anuales, faturamento, faturamento anual, fatturato
        fatturato annuo, jaaromzet, omzet, roczny obrót, yıllık ciro, годовой оборот, выручка, годовая выручка
        年商, 年間売上, 연매출, 연간 매출
        """),
    # Where they are.
    ("country", PLAIN, """
        country, country name, country region, country or region, country of residence, nation, 国家, 所在国家
        国家地区, 国家或地区, 國家, 所在國家, 國家地區, land, pays, país, pais, país de residencia, paese, nazione
        stato paese, kraj, ülke, ülkeniz, страна, 国, 国名, 国家名称, お住まいの国, 국가, 나라, 국가명
        """),
    ("region", PLAIN, """
        region, province, state province, state or province, state region, county province, federal state, 省份, 省
        所在省份, 所在省, 地区, 所在地区, 省市, 所在省市, 省份城市, 所在区域, 區域, 省級, 縣市, 地區, 所在地區
        bundesland, kanton, région, province canton, provincia, comunidad autónoma, estado provincia, estado uf, uf
        regione, provincie, województwo, bölge, область, регион, край область, 都道府県, 地域, 시도, 지역, 도
        """),
    ("region", WEAK, "state, estado, county"),
    ("city", PLAIN, """
        city, town, city town, town city, city name, locality, 城市, 所在城市, 市, 所在市, 城市名称, 縣市鄉鎮
        stadt, ort, wohnort, ville, commune, ciudad, localidad, municipio, poblacion, cidade, município, città
        comune, località, stad, plaats, woonplaats, vestigingsplaats, miasto, miejscowość, şehir, şehriniz, город
        населенный пункт, населённый пункт, 市区町村, 市町村, 都市, 도시, 시군구
        """),
    ("address", SPECIFIC, """
        full address, street address, mailing address, postal address, business address, company address
        office address, 详细地址, 通讯地址, 公司地址, 联系地址, 收货地址, 办公地址, 詳細地址, 聯絡地址, 通訊地址
        anschrift, vollständige adresse, adresse postale, adresse complète, dirección completa, endereço completo
        indirizzo completo, полный адрес, 会社住所, 회사 주소, 상세주소
        """),
    ("address.line", PLAIN, """
        address, street, address line, address line 1, addr line 1, address line1, address1, address 1, street 1
        addr, street line 1, street name, 地址, 街道, 街道地址, adresse, straße, strasse, str, straßenname, rue
        dirección, domicilio, calle, endereço, morada, logradouro, rua, indirizzo, adres, straat, straatnaam, ulica
        adresiniz, sokak, адрес, улица, 住所, ご住所, 番地, 주소, 도로명주소, strasse und hausnummer
        straße hausnummer
        """),
    ("address.number", PLAIN, """
        house number, street number, house no, hausnummer, hausnr, huisnummer, numer domu, 门牌号
        """),
    ("address.more", PLAIN, """
        address line 2, addr line 2, address line2, address2, address 2, street 2, street line 2, street2
        apartment, suite, adresszusatz, complément d adresse, complemento, toevoeging, 建物名, 楼层门牌
        """),
    ("postal_code", PLAIN, """
        postal code, postalcode, postcode, post code, zip, zip code, zipcode, zip postal code, zip or postal code
        postal zip code, postal, 邮编, 邮政编码, 郵遞區號, 郵政編碼, 郵編, plz, postleitzahl, code postal
        código postal, cep, codice postale, codice di avviamento postale, kod pocztowy, posta kodu, индекс
        почтовый индекс, 郵便番号, 우편번호
        """),
    ("latitude", PLAIN, "latitude, lat, geo lat, 纬度, 緯度, breitengrad"),
    ("longitude", PLAIN, "longitude, lng, lon, geo lng, geo lon, 经度, 經度, längengrad"),
    # What they want.
    ("product", PLAIN, """
        product, product name, products, product interest, interested product, product of interest, interested in
        products of interest, which product are you interested in, products interested in, 产品, 意向产品
        感兴趣的产品, 产品名称, 咨询产品, 需求产品, 產品, 產品名稱, 感興趣的產品, 意向產品, produkt
        produktinteresse, gewünschtes produkt, produit, produit souhaité, produit d intérêt, producto
        producto de interés, produto, produto de interesse, prodotto, prodotto di interesse, productinteresse
        interesujący produkt, ürün, ilgilendiğiniz ürün, продукт, товар, интересующий продукт, 製品, 製品名
        ご興味のある製品, 商品名, 제품, 제품명, 관심 제품
        """),
    ("need", SPECIFIC, """
        your message, message text, how can we help, how can we help you, project description, inquiry details
        tell us about your project, tell us more, requirements, your requirements, your inquiry, your enquiry
        需求描述, 需求说明, 您的需求, 具体需求, 咨询内容, 留言内容, 需求描述内容, 需求內容, 諮詢內容, 留言內容
        项目需求, ihre nachricht, ihre anfrage, ihr anliegen, votre message, votre demande, su mensaje
        sua mensagem, il tuo messaggio, uw bericht, twoja wiadomość, treść wiadomości, mesajınız, ваше сообщение
        текст сообщения, お問い合わせ内容, お問合せ内容, ご相談内容, ご要望, 문의내용, 문의 내용, 문의사항
        상담 내용
        """),
    ("need", PLAIN, """
        need, needs, message, inquiry, enquiry, inquiry message, requirement, 需求, 留言, 咨询, 客户需求, 諮詢
        訊息, 留言板, nachricht, anfrage, anliegen, mitteilung, demande, besoin, votre besoin, mensaje, consulta
        solicitud, mensagem, necessidade, solicitação, messaggio, richiesta, bericht, vraag, wiadomość, zapytanie
        mesaj, talep, сообщение, запрос, ваш вопрос, メッセージ, お問い合わせ, ご質問, 메시지, 문의
        """),
    ("need", WEAK, """
        comments, comment, notes, note, remarks, additional information, additional comments, question, questions
        description, anything else, 备注, 说明, 其他说明, 補充說明, 備註, bemerkung, bemerkungen, kommentar
        anmerkungen, commentaire, commentaires, remarques, comentarios, comentario, observaciones, comentários
        observações, commenti, commento, note aggiuntive, opmerking, opmerkingen, uwagi, komentarz, notlar, yorum
        комментарий, комментарии, примечание, 備考, その他, 비고, 기타
        """),
    ("budget", PLAIN, """
        budget, project budget, estimated budget, budget range, your budget, approximate budget, planned budget
        预算, 项目预算, 采购预算, 预算金额, 预算范围, 預算, 項目預算, 預算範圍, projektbudget, budget estimé
        budget du projet, presupuesto, presupuesto estimado, presupuesto del proyecto, orçamento
        orçamento estimado, verba, budget stimato, budget previsto, begroting, budżet, szacowany budżet, bütçe
        bütçeniz, proje bütçesi, бюджет, бюджет проекта, 予算, ご予算, 예산, 프로젝트 예산
        """),
    ("currency", PLAIN, """
        currency, currency code, 币种, 货币, 幣別, 貨幣, währung, devise, moneda, divisa, moeda, valuta, waluta
        para birimi, валюта, 通貨, 통화
        """),
    ("intent", PLAIN, """
        intent, purchase intent, buying intent, 意向, 意向度, 购买意向, 意向程度, 購買意向, kaufabsicht
        """),
    ("urgency", PLAIN, """
        urgency, urgency level, 紧急程度, 緊急程度, dringlichkeit, urgence, urgencia, urgência, urgenza, urgentie
        pilność, aciliyet, срочность, 緊急度, 긴급도
        """),
    ("stage", PLAIN, "stage, lead stage, lifecycle stage, 阶段, 客户阶段, 销售阶段, 線索階段, 線索阶段"),
    ("customer", PLAIN, """
        customer, existing customer, are you an existing customer, already a customer, are you already a customer
        是否老客户, 是否为老客户, 新老客户, 是否現有客戶, bestandskunde, déjà client, cliente existente
        già cliente
        """),
    ("satisfaction", PLAIN, "satisfaction, satisfaction score, 满意度, 滿意度, zufriedenheit, satisfacción"),
    # How they came.
    ("source", PLAIN, """
        source, lead source, leadsource, traffic source, source of lead, 来源, 线索来源, 客户来源, 来源渠道
        渠道来源, 渠道, 來源, 客戶來源, 來源渠道, herkunft, leadquelle, quelle, origine du lead, fuente
        origen del lead, origem, origem do lead, origine del contatto, bron, źródło, kaynak, источник, 流入元
        유입경로, 유입 경로
        """),
    ("source.visit", WEAK, "utm source, utmsource, 流量来源"),
    ("campaign", PLAIN, """
        campaign, campaign name, marketing campaign, ad campaign, 活动名称, 营销活动, 推广活动, 推广计划, 市场活动
        行銷活動, kampagne, kampagnenname, campagne, nom de la campagne, campaña, campanha, campagna, kampania
        kampanya, кампания, キャンペーン, キャンペーン名, 캠페인
        """),
    ("campaign", WEAK, "utm campaign, utmcampaign"),
    ("referrer", PLAIN, """
        referrer, referer, http referer, http referrer, referrer url, referer url, referral url, 来源网址
        """),
    ("occurred_at", PLAIN, """
        occurred at, submitted at, submission date, submission time, date submitted, submitted on, submit time
        submitted, 提交时间, 填写时间, 提交日期, 提交時間
        """),
    # Only what names the record of the lead. A customer's or contact's id is a person's, who may be a lead twice; an
    # event's or a form's is none at all; and what a bare ``id`` is of, only a table tells: ROW_NAMES.
    ("external_id", SPECIFIC, "external id, ext id, 外部编号, 外部id, 外部編號, 外部識別碼"),
    ("external_id", PLAIN, """
        lead id, lead no, lead number, lead ref, lead reference, leadgen id, record id, record no, record number
        record id lead, record id contact, crm id, crm record id, crm lead id, source record id
        submission id, submission no, submission number, response id, entry id, 线索编号, 线索id, 线索号, 线索序列号
        记录编号, 记录id, 记录号, 数据编号, 数据id, 数据标识, 提交编号, 提交id, 線索編號, 線索id
        潛在客戶編號, 記錄編號, 記錄id, 紀錄編號, 紀錄id, 資料編號, 資料id, 提交編號, crm编号, crm編號
        lead nummer, leadnummer, datensatz id, datensatznummer, externe id, externe nummer, crm nummer
        id du lead, id lead, numéro du lead, identifiant du lead, id externe, identifiant externe
        id de l enregistrement, id crm, identifiant crm, id del lead, id de lead, número de lead, id externo
        identificador externo, id del registro, id de registro, id do lead, número do lead
        código do lead, id do registro, identificativo lead, codice lead, id esterno, identificativo esterno
        id record, lead nr, extern id, externe referentie, recordnummer, identyfikator leada, numer leada
        identyfikator zewnętrzny, zewnętrzne id, id rekordu, id leada, lead numarası, harici id, dış kimlik
        kayıt numarası, kayıt id, id лида, номер лида, лид id, идентификатор лида, внешний id
        внешний идентификатор, id записи, номер записи, id в crm, リードid, リード番号, レコードid
        レコード番号, 리드 id, 리드 번호, 외부 id, 레코드 id, 레코드 번호
        """),
)  # fmt: skip

ROW_NAMES: Final[tuple[tuple[str, int, str], ...]] = (
    ("external_id", WEAK, "id, 编号, 編號, identifiant, identificador, identificativo, identyfikator, идентификатор"),
)  # fmt: skip
"""What is known only as the heading of a column, and only alone: where a row is a lead, a bare ``ID`` is the lead's. In
a webhook's body it is as often the event's, or the form's, and would make one lead of many, or many of one. A number of
the row (``No.``, ``序号``) is in neither: it begins again in each file.
"""
