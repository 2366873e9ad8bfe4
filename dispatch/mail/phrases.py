"""The words that mail servers use for a failure, by what they mean, in the languages one meets.

Tables of patterns only; which of them wins stands in diagnosis.py. Matched without regard to case. Each kind
is one expression, tried once over a text of bounded length, with bounded gaps, so that no text makes it slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# The mailbox exists and has no room.
FULL = _any_of(
    (
        r"(?:mail ?box|mailfolder|mail ?drop|inbox|account|maildir|mbox|disk|storage|user|recipient)"
        r"[^\n]{0,40}?\b(?:is|was|has been)? ?(?:already |currently |over ?|too )?full\b",
        r"\b(?:over|exceed\w{0,3}|out of|beyond|insufficient|not enough|no)\b[^\n]{0,30}?"
        r"\b(?:quota|storage|disk ?space|disk|mailbox size|mail ?box limit|space)\b",
        r"quota[^\n]{0,30}?\b(?:exceed|full|exhaust|over|reached|violation)",
        r"\b(?:over|above)[ -]?quota",
        r"mail ?box[^\n]{0,30}?\b(?:exceed|too large|size limit|limit)",
        r"storage (?:limit|allocation|capacity)|too much mail data|mailbox_?full|mailbox size",
        r"has too many messages|too many messages in (?:the )?mail ?box",
        r"postfach[^\n]{0,40}(?:voll|überfüllt)|speicherplatz[^\n]{0,40}(?:erschöpft|überschritten|voll)",
        r"quota[^\n]{0,20}(?:(?:ü|ue)berschritten|ersch(?:ö|oe)pft|dépassé|atteint)",
        r"bo[iî]te[^\n]{0,40}(?:pleine|satur|remplie)|espace[^\n]{0,40}insuffisant",
        r"buz[oó]n[^\n]{0,40}(?:llen|superad|excedid)|(?:cuota|cota)[^\n]{0,30}(?:exced|superad|llena|cheia)",
        r"casella[^\n]{0,60}piena|spazio[^\n]{0,30}esaurit|quota[^\n]{0,20}superat",
        r"caixa[^\n]{0,60}(?:cheia|lotada)|sem espaço|limite de armazenamento",
        r"(?:メール|受信)[^\n]{0,30}(?:いっぱい|一杯|満杯|容量)|容量[^\n]{0,10}(?:超|オーバー|不足)",
        r"(?:ящик|квот)[^\n]{0,60}(?:переполнен|заполнен|превышен)|превышен[^\n]{0,30}(?:квот|размер|объ)",
        r"(?:邮箱|郵箱|信箱|空间|容量)[^\n]{0,12}(?:已满|已滿|不足|超限|超出)|메일함[^\n]{0,20}(?:초과|가득)",
        r"skrzynk[^\n]{0,40}(?:pełn|przepełn)|postvak[^\n]{0,20}vol|schránk[^\n]{0,30}pln",
    )
)

# The message is larger than this mailbox or server takes; servers say so with 5.1.1 and with 5.7.1 too.
TOO_BIG = _any_of(
    (
        r"(?:message|mail|attachment|content|body)s?[^\n]{0,40}(?:too (?:large|big)|oversize)|\btoo (?:large|"
        r"big)\b",
        r"\bsize[^\n]{0,40}\bexceed|\bexceed[^\n]{0,60}\bsize\b|\bsize (?:limit|restriction)|sizelimit",
        r"maximum (?:message |allowed |permitted )?size|zu groß|zu gross|trop volumineux|demasiado grande",
        r"troppo grande|muito grande|サイズ[^\n]{0,12}超|слишком больш|过大|超过[^\n]{0,8}大小",
    )
)

# The mailbox exists and is closed for a time: by its provider, for an unpaid bill, for lack of use.
HELD = _any_of(
    (
        r"(?:user|account|mail ?box|recipient|address|inbox)[^\n]{0,60}?\b(?:suspend(?:ed)?|frozen|locked|"
        r"on hold)\b",
        r"\[suspend|\bsuspended (?:user|account|mail ?box|recipient)|recipient suspend",
        r"mail ?box cannot be accessed|temporar[^\n]{0,12} (?:inactive|disabled|deactivated|locked|closed)",
        r"(?:konto|postfach)[^\n]{0,30}(?:vorübergehend )?gesperrt|compte[^\n]{0,30}suspendu|"
        r"cuenta[^\n]{0,30}suspendida",
    )
)

# It will be tried again, was given up after a time, or broke on the way: nothing about the address.
PASSING = _any_of(
    (
        r"(?:again|retry|resend|later)[^\n]{0,12} later|please try again|try again\b|greyl?ist|graylist",
        r"temporar|transient|vorübergehend|temporair|temporalmente|temporane|временн|一時的|暂时|暫時",
        r"tim(?:ed?|ing)[ -]?out|retry time|connection (?:was )?(?:refused|reset|closed|dropped|lost|died|"
        r"failed)",
        r"lost connection|(?:could ?n[o']t|cannot|can't|unable to|not able to) (?:connect|contact|reach|"
        r"establish)",
        r"no route to host|network (?:is )?unreachable|host (?:is )?(?:down|unreachable)|not responding|"
        r"no answer from",
        r"did not respond|no response|wasn't able to establish an smtp connection|"
        r"connect(?:ion)? to [^\n]{0,60}failed",
        r"(?:message|mail|delivery time)[^\n]{0,20} expired|too long in (?:the )?queue|in the queue too long",
        r"undeliver(?:ed|able) for|not delivered (?:with)?in|has been (?:in the queue|undelivered)",
        r"hop ?count|too many hops|mail (?:forwarding )?loop|loops? back|routing loop|mail loop",
        r"(?:message|mail|size|header|body)[^\n]{0,30}(?:too (?:large|big|long)|exceeds?|oversize)",
        r"exceeds? [^\n]{0,30}(?:size|limit|maximum)|maximum (?:message |allowed )?size|size limit",
        r"i/o error|out of memory|internal (?:server )?error|configuration error|config error|system error",
        r"could not find a gateway|host ?name lookup failure|service (?:is )?(?:currently )?(?:not available|"
        r"unavailable)|server (?:is )?(?:busy|overloaded)",
        r"can't create|cannot create|permission denied|can't open|command (?:died|failed|timed)|exit status",
        r"too many (?:connections|recipients|sessions|errors)|resources? (?:temporarily )?(?:un|"
        r"not )available",
    )
)

# Said of the sender, of the server that sent, or of what was written.
POLICY = _any_of(
    (
        r"\bspam|spam\b|junk|unsolicited|\bbulk\b|\buce\b|virus|malware|phish|infected|trojan",
        r"black[- ]?hole|black[- ]?list|block[- ]?list|deny[- ]?list|\brbl|dnsbl|\brbl[a-z]*\b|spamhaus|"
        r"spamcop|sorbs",
        r"barracudacentral|mailspike|surbl|uribl|senderbase|cloudmark|proofpoint|trend ?micro|"
        r"sender ?score|abuse",
        r"reputation|\bpolic(?:y|ies)\b|dmarc|\bspf\b|dkim|domainkeys|sender policy|senderid|sender id\b",
        r"\bbanned|prohibited|forbidden|suspicious|content (?:is |was )?(?:rejected|filter|restrict|"
        r"not accept)",
        r"(?:message|mail|e-mail|email|content|attachment)[^\n]{0,25} (?:was |has been |is |been )?"
        r"(?:block|filtered|reject(?:ed)? (?:due|because|by|for|as)|refused (?:due|because|by))",
        r"(?:your|this|sending|client|the) (?:ip|host|server|domain|network|client|isp|address range|"
        r"mail server)\b"
        r"[^\n]{0,60}?(?:block|reject|refus|listed|not allowed|denied|bad|poor|not authori[sz]ed)",
        r"\b(?:client|host|ip|connection|server|message|mail|sender|domain|access)\b[^\n]{0,30}?\b(?:is |"
        r"was |been |has been )?blocked",
        r"blocked (?:by|using|due|because|for|at)|refused by|rejected by (?:the |our )?(?:filter|"
        r"administrator|system)",
        r"relay(?:ing)?[^\n]{0,20}?(?:denied|not (?:permitted|allowed)|prohibit|reject|refused|disabled|"
        r"access)",
        r"(?:unable|not permitted|not allowed|refuse|cannot|can't|won't|will not|"
        r"do(?:es)? not) (?:to )?relay|relay_not|"
        r"we do not relay|not a (?:mail )?relay|isn't in my list of allowed rcpthosts|no relay|"
        r"must be authenticated|"
        r"allowed rcpthosts",
        r"authenticat|authoriz(?:ed|ation)|not logged in|smtp auth|pop before smtp|credentials",
        r"sender(?:'s)?(?: e-?mail)?(?: address| domain)?[^\n]{0,40}?"
        r"(?:reject|denied|refused|verif|block|unknown|invalid|not (?:allowed|found|exist|accept)|"
        r"does not exist|bad)",
        r"(?:bad|invalid|unknown|unverified|forged|unresolvable|unroute?able) (?:sender|return|envelope|"
        r"reverse)|"
        r"sender verify|"
        r"envelope sender|mail from[^\n]{0,60}?(?:reject|denied|not allowed|invalid|block)|callout|"
        r"address verification",
        r"access (?:was |is |has been )?(?:denied|restrict|reject)|not (?:allowed|permitted|authori[sz]ed|"
        r"accepting|accepted)|"
        r"(?:no|not have) permission|restrict(?:ed|ion)",
        r"(?:find|resolve|verify) (?:your|the sender)|\bfrom: (?:domain|address|header)|"
        r"sender[^\n]{0,40}must exist|"
        r"too many (?:invalid|unknown|bad|unrecogni[sz]ed) (?:recipients|users|addresses)|"
        r"invalid (?:mime|header)|(?:recipient|user)(?:'s)? (?:preferences|rules)|refuses to (?:accept|"
        r"receive)|"
        r"(?:requires|needs) confirmation|reverse dns|rdns|\bptr\b|reverse (?:hostname|lookup|address)|helo|"
        r"ehlo|dynamic (?:ip|address|pool)|"
        r"dial-?up|residential|generic host|open (?:relay|proxy)|hostname (?:is )?(?:not|bad|invalid)",
        r"rate[ -]?limit|throttl|too (?:many|much) (?:mail|message|e-mail|concurrent)[^\n]{0,30}"
        r"(?:from|per|sent|in this|for this)|deferred due to|excessive|user complaints|complaint",
        r"unusual rate|(?:high|low) (?:volume|reputation)|volume of|suspected|looks like|considered|"
        r"scored?\b|"
        r"not rfc|rfc ?[25]\d{3}|5322|not compliant|message (?:refused|rejected|denied)\b|transaction failed",
        r"administrative(?:ly)? |rejected for policy|security|country|challenge|"
        r"confirm(?:ation)? required|whitelist|"
        r"refused\. your|we do not accept|does not accept mail from|not receive mail from|accept mail from|"
        r"bounce (?:verification|address tag)|mailing lists? only|subscribers? only|delivery not authorized",
        r"richtlinie|gesperrt|blockiert|unerwünscht|nicht berechtigt|keine berechtigung|indésirable|"
        r"politique|bloqué",
        r"política|bloquead|correo no deseado|indeseado|bloccat|non autorizzat|antispam|anti-spam|autorizad",
        r"迷惑メール|受信拒否|拒否され|ブロック|спам|заблокирован|отклонен[^\n]{0,20}полит|垃圾|拒收|"
        r"黑名单|屏蔽|스팸|차단",
    )
)

# Nobody is there: the mailbox or the domain does not exist (any more).
UNKNOWN = _any_of(
    (
        r"(?:user|recipient|mailbox|address|addressee|account|login|name|subscriber|mail ?drop) unknown",
        r"\bunknown (?:\w{1,12} )?(?:user|recipient|address|mail ?box|account|alias|login|person|customer|"
        r"addressee)",
        r"\bno such (?:\w{1,12} )?(?:user|recipient|mail ?box|address|addressee|account|person|mail ?drop|"
        r"email|"
        r"e-mail|customer|id|name|subscriber|alias|forward|domain|host|login|entry|one|uid|object)",
        r"\b(?:user|recipient|mail ?box|address|addressee|account|subscriber|member|e-?mail|person|alias|"
        r"customer|"
        r"login|username|resource|rcpt|name|domain|host|contact|resolver\.adr)s?\b[^\n]{0,70}?"
        r"(?<!that )\b(?:not (?:be )?(?:found|exist|valid|known|recogni[sz]ed|registered|resolved|"
        r"located)|do(?:e?s)?(?: no|n.?)t exist|"
        r"did ?n[o']?t exist|is unknown|unknown\b|\binvalid|incorrect|(?:is )?not (?:a )?(?:valid|known|"
        r"local)|"
        r"not (?:listed|defined|hosted|our|present|active|here)|non-?exist|nonexist|undefined|unrouteable|"
        r"unroutable|"
        r"(?:has been |is |was |been )?(?:permanently )?(?:disabled|deactivated|deleted|removed|"
        r"discontinued|terminated|closed|cancell?ed|"
        r"abandoned|dormant)|no longer|unresolvable|undeliverable address|isn't valid|isn.?t (?:a valid|"
        r"known|found))",
        r"final e-?mail delivery|invalid final delivery|\b(?:invalid|incorrect|non-?existent|nonexistent|"
        r"nonexisting|bad|illegal|unresolvable|unrouteable|unroutable|"
        r"not a (?:valid|known|local)|obsolete|fictitious|inexistent) (?:\w{1,12} )?"
        r"(?:user|recipient|mail ?box|address|account|rcpt|mail ?drop|mail domain|username|destination|"
        r"forward-path)|undeliverable address",
        r"no (?:mail ?box|account|user|recipient|address|subscriber|alias)[^\n]{0,20}(?:here|by that name|"
        r"with (?:that|this)|found|exists?|matching)",
        # qmail keeps such lists, and Biglobe, Courier, phquery, Postfix and sina say the rest.
        r"no mail ?box (?:found|available for)|bad[-_ ]?(?:rcpt ?to|recipient ?to|recipient)\b|"
        r"not in my (?:valid|good)rcptto|can.?t accept user|addresses? w(?:as|ere) unknown|"
        r"\b(?:user|account|mail ?box|recipient)(?: is|:)? (?:inactive|unavailable)|inactive user|"
        r"mail ?box \S{1,80} (?:is )?unavailable|not an active (?:address|user|account|mail ?box)|"
        r"no matches to nameserver query|no [^\n]{0,40}in name directory|missing home directory|"
        r"(?:no ?one|nobody) (?:at|with|by) (?:this|that)|recipient not ok|archived recipient|"
        r"has been replaced by|"
        r"unknown e-?mail address|recipient domain must exist|recipient has been denied|utente simile",
        r"unrouteable (?:mail )?(?:address|domain)|unroutable (?!sender)|unroutable$|"
        r"all relevant mx records point to non-?existent",
        r"mailbox (?:is )?(?:unavailable|not available|not found|does not exist|invalid)|not_?found\b|"
        r"recipnotfound|recipientnotfound|nosuchuser",
        r"user_?unknown|unknown_?user|usernotfound|user not on this|not our customer|is not one of our|"
        r"has no (?:such )?account",
        r"does ?n[o']?t have (?:a|an) [\w.-]{1,40} account|don.?t (?:know|have)(?: anyone|"
        r" any)? [^\n]{0,40}|left the (?:company|organi)",
        r"not (?:a )?(?:registered|valid|known|existing|recogni[sz]ed)(?: \w{1,12})? ?(?:user|recipient|"
        r"address|mail ?box|account|gateway user)",
        r"is not (?:known|listed|registered|recognized|found|valid|a (?:known|valid))(?: \w{1,10}){0,3}|"
        r"not listed in|not match any|"
        r"unable to (?:find|locate|verify|resolve) (?:the )?(?:user|recipient|address|mail ?box|host|"
        r"domain)|couldn.?t be found|"
        r"(?:cannot|can't|could not|couldn't|wasn't|was not|not) (?:be )?(?:find|found|locate)[^\n]{0,40}"
        r"(?:user|recipient|address|mail ?box|host|domain|person)?|do(?:e?s)n'?t exist|does not exist|"
        r"do not exist|not exist\b",
        r"address (?:is )?no longer|no longer (?:valid|in use|active|works?|employed|exists?|available|"
        r"at this|with us|accept|a (?:valid|customer)|on (?:server|this))|"
        r"not in use|out of use|(?:has|have) (?:moved|left)|user (?:has )?moved|changed (?:his|her|their|"
        r"the)? ?(?:e-?mail )?address",
        r"host (?:name )?(?:not found|unknown)|(?:unknown|no such|bad|invalid|nonexistent) (?:host|"
        r"domain|destination)|"
        r"domain (?:name )?(?:was |is )?(?:not found|unknown|invalid)|name or service not known|nxdomain|"
        r"null ?mx|no mx\b|does not accept (?:e?-?mail|mail|any mail)|no mail exchanger|illegal host|"
        r"dns domain[^\n]{0,60}not exist",
        r"recipient (?:address )?(?:was )?(?:rejected|refused)(?!:? ?(?:due|because|by|for))|"
        r"rejected recipient|address rejected\b|"
        r"recipient rejected|invalid recipient|rcpt to:?[^\n]{0,60}(?:unknown|invalid)|bad destination",
        r"delivery to [^\n]{0,60}not possible|misspelled|deactivat|account (?:has )?expired|"
        r"account closed|no valid recipient",
        r"(?:benutzer|empf(?:ä|ae|a)nger|adresse|mailbox|postfach|konto|teilnehmer|nutzer|domain|domäne|"
        r"hostname)[^\n]{0,70}"
        r"(?:unbekannt|nicht bekannt|existiert nicht|nicht existent|nicht gefunden|nicht vorhanden|"
        r"ung(?:ü|ue)ltig|gel(?:ö|oe)scht|falsch|gibt es nicht|konnte nicht)",
        r"unbekannter? (?:benutzer|empf|nutzer|adress)|existiert nicht|keinen? (?:solche[nr]?|g(?:ü|"
        r"ue)ltige[nr]?) (?:benutzer|empf|adresse|postfach)|"
        r"(?:kein|keine) (?:benutzer|postfach|empf)[^\n]{0,30}(?:mit|unter)|nicht gefunden",
        r"(?:utilisateur|destinataire|adresse|compte|bo[iî]te|domaine|usager)[^\n]{0,60}(?:inconnu|"
        r"invalide|inexistant|n.existe|introuvable|"
        r"erron|désactiv|supprim|incorrect|n.est pas valide|n.a pas été trouv)|n.existe p(?:as|lus)|"
        r"inconnue? ",
        r"(?:usuario|destinatario|direcci[oó]n|buz[oó]n|cuenta|dominio|casilla)[^\n]{0,60}(?:desconocid|"
        r"no existe|inexistente|no v[áa]lid|inv[áa]lid|incorrect|"
        r"no (?:se )?(?:ha |pudo |fue )?(?:sido )?encontr|deshabilitad|no encontrad)|no existe|"
        r"no se encontr|no se ha encontrado",
        r"(?:utente|destinatario|indirizzo|casella|account|dominio)[^\n]{0,60}(?:sconosciut|non esiste|"
        r"inesistente|non valid|non (?:è )?(?:stat[oa] )?trovat|errat|disattivat)|"
        r"non esiste|inesistente",
        r"(?:usu[áa]rio|destinat[áa]rio|endere[çc]o|caixa|conta|dom[íi]nio)[^\n]{0,60}(?:desconhecid|"
        r"n[ãa]o existe|inexistente|inv[áa]lid|n[ãa]o (?:foi )?encontrad|"
        r"desativad|incorret)|n[ãa]o existe|n[ãa]o foi (?:poss[íi]vel )?encontr",
        r"(?:ユーザ|宛先|アドレス|あて先|受信者|メールボックス|ドメイン)[^\n]{0,40}(?:不明|存在し(?!ないか)|見つか(?!らないか)|"
        r"見当た|無効|間違|誤|ありません|変更)|存在しません|存在しない(?!か)|"
        r"見つかりません",
        r"(?:пользовател|получател|адрес|ящик|аккаунт|домен)[^\n]{0,60}(?:не найден|не существ|неизвест|"
        r"недейств|неверн|отключ|удал[её]н|неактив|недоступ|не зарегистр|отсутств)|"
        r"не существует|нет такого|такого (?:пользователя|адреса|ящика)[^\n]{0,20}нет|"
        r"неизвестн[^\n]{0,15}(?:пользовател|получател|адрес)",
        r"(?:用户|用戶|收件人|地址|邮箱|郵箱|帐号|账号|帳號|信箱|使用者|账户|帐户|"
        r"域名)[^\n]{0,16}(?:不存在|无效|無效|未找到|找不到|不正确|停用|注销|禁用|错误)|"
        r"查无此|查無此|不存在",
        r"(?:사용자|수신자|주소|계정|메일함)[^\n]{0,30}(?:존재하지|없는|찾을 수 없|없습니다|올바르지)|"
        r"존재하지 않",
        r"(?:nie istnieje|nieznany (?:adres|użytk)|nieprawidłowy adres|brak takiego|nieistniej)",
        r"(?:onbekend|bestaat niet|niet gevonden|okänd|finns inte|hittades inte|findes ikke|ukendt|"
        r"finnes ikke|ei löydy|neexistuje|nenalezen|bulunamadı|"
        r"mevcut değil|nem létezik|ismeretlen|nu există|άγνωστος|δεν υπάρχει|לא קיים|غير موجود)",
    )
)

# A delay, told while the server still tries.
DELAYED = _any_of(
    (
        r"(?:this is|is only) a warning(?: message)? only|you do not need to (?:re-?send|do anything)",
        r"(?:will|we'll|shall) (?:keep|continue) (?:on )?try|will be retried|still (?:being )?(?:tried|"
        r"retried|trying|attempting)",
        r"no action is required|warning: (?:could not send|message)[^\n]{0,40}(?:for (?:the )?past|"
        r"delayed|still)",
        r"delivery (?:is |was |has been )?(?:temporarily )?(?:delayed|deferred)|"
        r"has not (?:yet )?been delivered|not yet been delivered|message (?:is |has been )?delayed",
        r"delivery attempts will continue|postponed|advisory-only|continue to (?:try|attempt)|"
        r"further (?:delivery )?attempts will|incomplete delivery|"
        r"you do not have to resend|warning only",
        r"zustellung[^\n]{0,30}verzögert|noch nicht zugestellt|weitere zustellversuche|"
        r"remise (?:du message )?(?:retard|différ)|retras|en attente de remise|"
        r"ritardo nella consegna|consegna ritardata|entrega (?:atrasada|retrasada|adiada)|"
        r"配信[^\n]{0,10}遅延|"
        r"遅延しています|доставка[^\n]{0,20}(?:задерж|отлож)|задержк",
    )
)
