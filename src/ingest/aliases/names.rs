//! The names that platforms, connectors and people give to the columns.
//!
//! One row a canonical column and rank (see [`super`]); a name stands as it is written in the export and is
//! compared without case, spaces, punctuation and accents. To teach the program a name, add it to its row.
//! Where nothing else is said the names are those of Google Ads; of a language, in the order English,
//! German, French, Spanish.

use super::Column::{
    self, AdGroup, Campaign, CampaignBudget, Channel, Clicks, ConversionDate, Conversions, Cost, Currency, Date,
    EndDate, ImpressionShare, Impressions, Label, LostIsBudget, LostIsRank, Margin, MatchType, MaxCpc, ReportedOn,
    Revenue, StartDate, Status, TargetCpa, TargetRoas, Week,
};

/// Names of all columns but the term.
#[rustfmt::skip]
pub(super) const NAMES: &[(Column, usize, &[&str])] = &[
    (MatchType, 2, &[
        "Keyword type", "Keyword match type", "Search keyword match type",
        "\u{dc}bereinstimmungstyp", "Keyword-Option", "Keyword-Optionen",
        "Type de correspondance", "Option de ciblage", "Type de ciblage du mot cl\u{e9}",
        "Tipo de concordancia", "Tipo de coincidencia",
        "Keyword-\u{dc}bereinstimmungstyp", "metadata_matchType",
        // interface, Editor, Microsoft, Apple
        "ad_group_criterion.keyword.match_type", "keyword.info.match_type", "Criterion Type",
        "Bid match type", "BidMatchType", "keyword_match_type",
    ]),
    // of the search, not of the keyword
    (MatchType, 3, &["Search term match type", "Search terms match type", "Delivered match type", "DeliveredMatchType",
        "search_term_match_type", "Match Source"]),
    (Campaign, 2, &[
        "Campaign name", "campaign.name", "CampaignName", "campaign_name",
        "Kampagne", "Kampagnenname", "Campagne", "Nom de la campagne", "Campa\u{f1}a", "Nombre de la campa\u{f1}a",
        // Amazon, Apple
        "Name der Kampagne", "Nom de campagne", "Nombre de campa\u{f1}a", "metadata_campaignName",
    ]),
    (Campaign, 4, &["Campaign ID", "campaign.id", "Kampagnen-ID", "ID de campagne", "ID de campa\u{f1}a"]),
    (AdGroup, 2, &[
        "Ad group name", "ad_group.name", "AdGroupName", "ad_group_name",
        "Anzeigengruppe", "Anzeigengruppenname", "Groupe d'annonces", "Nom du groupe d'annonces",
        "Grupo de anuncios", "Nombre del grupo de anuncios",
        "Name der Anzeigengruppe", "Nom de groupe d'annonces", "Nom du groupe publicitaire", "Groupe publicitaire",
        "Nombre de grupo de anuncios", "metadata_adGroupName",
    ]),
    (AdGroup, 4, &["Ad group ID", "ad_group.id", "Anzeigengruppen-ID"]),
    (Channel, 2, &["Publisher", "Engine", "Search engine", "Kanal", "Suchmaschine", "Canal", "Moteur de recherche", "Buscador"]),
    // of tables of several platforms; a network is a segment of one
    (Channel, 3, &["Platform", "Ad platform", "ad_platform", "Data source", "data_source", "Datasource"]),
    (Week, 2, &[
        "Week start", "Week starting", "Week beginning", "Week commencing", "Week of", "week_start_date",
        "Start of week", "Week (Mon-Sun)", "Week (Sun-Sat)", "Week (Mon to Sun)", "Week (Sun to Sat)",
        "Woche", "Wochenstart", "Wochenbeginn", "Semaine", "Semana",
        "ISO week", "Year week", "ISO year week", "Year & week", "Year & week (ISO)", "Year of week (ISO)", "Kalenderwoche",
    ]),
    (Date, 2, &["Day", "Tag", "Datum", "Jour", "Fecha", "D\u{ed}a", "Gregorian date", "GregorianDate", "TimePeriod", "Time period",
        "date_day", "Report date", "granularity_date"]),
    (StartDate, 2, &["Period start", "date_start", "Von", "Startdatum", "Date de d\u{e9}but", "Fecha de inicio"]),
    (EndDate, 2, &["Period end", "date_stop", "date_end", "Bis", "Enddatum", "Date de fin", "Fecha de finalizaci\u{f3}n", "Fecha de fin"]),
    (Impressions, 2, &["Impr.", "Impressionen", "Einblendungen", "Impresiones"]),
    (Impressions, 3, &["total_impressions"]),
    (Clicks, 2, &["Klicks", "Clics"]),
    // Apple counts taps
    (Clicks, 3, &["Click", "Klick", "Clic", "Taps", "total_taps"]),
    (Cost, 2, &["Spend", "Kosten", "Ausgaben", "Co\u{fb}t", "D\u{e9}penses", "Coste", "Costo", "Gasto"]),
    (Cost, 3, &[
        "Costs", "Total cost", "Total spend", "Ad spend", "Ad cost", "Amount spent", "Local spend", "localSpend",
        "Spend (local currency)", "Cost (converted currency)", "local_spend_amount", "localSpend.amount",
        "total_localSpend_amount", "Gesamtkosten", "D\u{e9}pense", "Gastos", "Inversi\u{f3}n",
    ]),
    (Conversions, 2, &[
        "Conv.", "Conversion", "Conversionen", "Konversionen", "Conversiones", "Conversions qualified", "ConversionsQualified",
    ]),
    (Conversions, 3, &[
        "Orders", "Purchases", "Bookings", "Transactions", "Bestellungen", "Buchungen", "Commandes", "Pedidos", "Compras",
        // Amazon
        "Total orders", "7 Day Total Orders (#)", "purchases7d", "purchases_7d",
        "Bestellungen gesamt", "Gesamtzahl der Bestellungen", "Total des commandes", "Commandes totales", "Pedidos totales",
        "attributedConversions7d",
        // Apple
        "Installs", "Total installs", "Installs (Total)", "Downloads", "totalInstalls", "total_totalInstalls",
        "Conversions (all)", "All conversions", "All conv.", "Alle Conversions", "Alle Conv.", "Toutes les conversions",
        "Toutes les conv.", "Todas las conversiones", "Todas las conv.",
    ]),
    (Conversions, 4, &[
        "Leads",
        // the shorter window and the total go before
        "14 Day Total Orders (#)", "purchases14d", "purchases_14d", "attributedConversions14d",
        "Installs (Tap-Through)", "Tap installs", "tapInstalls", "Tap-Through Installs",
    ]),
    (Revenue, 2, &[
        "Conv. value", "Conversion value", "Conversions value", "Total conv. value", "conversions_value",
        "Conv.-Wert", "Conversion-Wert", "Umsatz", "Valeur de conv.", "Valeur de conversion", "Valeur conv.",
        "Valor de conv.", "Valor de conversi\u{f3}n", "Valor conv.", "Ingresos", "Chiffre d'affaires", "Revenus",
    ]),
    (Revenue, 3, &[
        // connectors
        "Total conversion value", "Conversion revenue", "Purchase value",
        "Value", "Wert", "Payment", "Payments", "Turnover", "Total sales", "7 Day Total Sales",
        "Gesamtumsatz", "Umsatz gesamt", "Ventes totales", "Total des ventes", "Ventas totales",
        "sales7d", "sales_7d", "attributedSales7d",
        "All conv. value", "All conversions value", "Alle Conv.-Wert", "All revenue", "AllRevenue",
    ]),
    (Revenue, 4, &["14 Day Total Sales", "sales14d", "sales_14d", "attributedSales14d"]),
    (Status, 1, &["Keyword status", "Keyword state", "ad_group_criterion.status", "\u{c9}tat du mot cl\u{e9}", "Estado de la palabra clave"]),
    (Status, 2, &["Status", "State", "Zustand", "\u{c9}tat", "Statut", "Estado"]),
    (Label, 2, &["Labels", "Keyword labels", "\u{c9}tiquettes", "Libell\u{e9}s", "Etiquetas"]),
    (Label, 3, &["Tags"]),
    (MaxCpc, 2, &[
        "Bid", "Max. CPC", "Max CPC bid", "cpc_bid", "Keyword max CPC", "Max. CPC-Gebot", "Gebot", "ad_group_criterion.cpc_bid",
        "CPC max.", "Ench\u{e8}re au CPC max.", "CPC m\u{e1}x.", "Oferta", "Puja", "Ench\u{e8}re", "Current bid", "CurrentMaxCpc", "Max. CPT bid", "Bid amount",
        "bidAmount.amount", "metadata_bidAmount_amount",
    ]),
    (MaxCpc, 3, &["Default max. CPC", "Standard-max. CPC", "Keyword bid"]),
    (TargetCpa, 2, &["Ziel-CPA", "tCPA", "CPA cible", "CPA objetivo"]),
    (TargetCpa, 3, &["Effective target CPA"]),
    (TargetRoas, 2, &["Ziel-ROAS", "tROAS", "ROAS cible", "ROAS objetivo"]),
    (TargetRoas, 3, &["Effective target ROAS"]),
    (CampaignBudget, 2, &["Budget", "Daily budget", "Campaign daily budget", "Tagesbudget", "Budget quotidien", "Presupuesto diario",
        "Presupuesto", "campaign_budget.amount"]),
    (Margin, 2, &["Marge", "Margen"]),
    (Margin, 3, &["Gross margin"]),
    (Currency, 2, &["Currency code", "CurrencyCode", "W\u{e4}hrung", "W\u{e4}hrungscode", "Devise", "Code de devise", "Moneda", "Divisa",
        "C\u{f3}digo de moneda"]),
    (Currency, 3, &["customer.currency_code", "localSpend.currency", "total_localSpend_currency"]),
    (Currency, 4, &["bidAmount.currency", "metadata_bidAmount_currency"]),
    (ImpressionShare, 2, &[
        "Search impr. share", "Search impression share", "Impr. share", "ImpressionSharePercent", "Impression share (%)",
        "Anteil an m\u{f6}gl. Impr. im Suchnetzwerk", "M\u{f6}gl. Impr. (Suchnetzwerk)", "Taux d'impr. (R\u{e9}seau de Recherche)",
        "Cuota impr. de b\u{fa}squeda",
    ]),
    (LostIsBudget, 2, &["Search lost IS (budget)", "search_budget_lost_impression_share", "ImpressionLostToBudgetPercent",
        "Impression share lost to budget (%)", "IS lost to budget",
        "Entg. Impr. im Suchnetzwerk (Budget)", "Entg. Impr. (Suchnetzwerk, Budget)"]),
    (LostIsRank, 2, &["Search lost IS (rank)", "search_rank_lost_impression_share", "ImpressionLostToRankPercent",
        "ImpressionLostToRankAggPercent", "Impression share lost to rank (%)", "IS lost to rank",
        "Entg. Impr. im Suchnetzwerk (Rang)", "Entg. Impr. (Suchnetzwerk, Rang)"]),
    (ConversionDate, 2, &["Conversion day", "Conversion week", "Date of conversion", "Conversionsdatum"]),
    (ReportedOn, 2, &["Exported on", "Export date", "Snapshot date", "Exportdatum"]),
];

/// Names of the keyword that was bid on, by rank.
pub(super) const KEYWORD: &[(usize, &[&str])] = &[
    (
        2,
        &[
            "Keyword",
            "Search keyword",
            "Keyword text",
            "keyword_text",
            "keyword_name",
            "ad_group_criterion.keyword.text",
            "keyword.info.text",
            "segments.keyword.info.text",
            "keyword.text",
            "Suchkeyword",
            "Mot cl\u{e9}",
            "Mot cl\u{e9} du R\u{e9}seau de Recherche",
            "Palabra clave",
            "Palabra clave de b\u{fa}squeda",
            // Amazon's is what the ad was aimed at: a keyword, a product or everything
            "Targeting",
            "Ausrichtung",
            "Ciblage",
            "Segmentaci\u{f3}n",
            "keywordText",
            "metadata_keyword",
        ],
    ),
    (3, &["Keywords", "Mots cl\u{e9}s", "Palabras clave", "Targeting expression"]),
    (4, &["Keyword ID", "Criterion ID", "ad_group_criterion.criterion_id", "keyword.id", "keywordId"]),
];

/// Names of what the searcher typed, by rank.
pub(super) const SEARCH_TERM: &[(usize, &[&str])] = &[
    (
        2,
        &[
            "Search term",
            "Search query",
            "SearchQuery",
            "search_term_view.search_term",
            "Suchbegriff",
            "Suchanfrage",
            "Terme de recherche",
            "T\u{e9}rmino de b\u{fa}squeda",
            "Customer Search Term",
            "Suchbegriff des Kunden",
            "Suchbegriff eines Kunden",
            "Kundensuchbegriff",
            "Terme de recherche client",
            "Terme de recherche du client",
            "T\u{e9}rmino de b\u{fa}squeda de cliente",
            "T\u{e9}rmino de b\u{fa}squeda de clientes",
            "T\u{e9}rmino de b\u{fa}squeda del cliente",
            "metadata_searchTermText",
            "searchTermText",
        ],
    ),
    (3, &["Query", "Search terms", "Suchbegriffe", "Termes de recherche", "T\u{e9}rminos de b\u{fa}squeda"]),
];
