"""Authorities of the United Kingdom with children's services: a name among them is no slip of spelling for another.

The English ones are those of `data/england/attributes.csv` (ONS, as published by DfE), which a test holds them against,
and the two counties divided in 2009, Bedfordshire and Cheshire. No file here holds the others: the 22 principal areas
of Wales (with Ynys Mon, the Welsh name of one), the 32 council areas of Scotland, and the five health and social care
trusts of Northern Ireland stand as in the Register of Geographic Codes of the Office for National Statistics.
"""

_NAMES = """
Barking and Dagenham; Barnet; Barnsley; Bath and North East Somerset; Bedford; Bedfordshire; Bexley; Birmingham;
Blackburn with Darwen; Blackpool; Bolton; Bournemouth; Bournemouth, Christchurch and Poole; Bracknell Forest;
Bradford; Brent; Brighton and Hove; Bristol; Bromley; Buckinghamshire; Bury; Calderdale; Cambridgeshire; Camden;
Central Bedfordshire; Cheshire; Cheshire East; Cheshire West and Chester; City of London; Cornwall; Coventry; Croydon;
Cumberland; Cumbria; Darlington; Derby; Derbyshire; Devon; Doncaster; Dorset; Dudley; Durham; Ealing; East Riding of
Yorkshire; East Sussex; Enfield; Essex; Gateshead; Gloucestershire; Greenwich; Hackney; Halton; Hammersmith and
Fulham; Hampshire; Haringey; Harrow; Hartlepool; Havering; Herefordshire; Hertfordshire; Hillingdon; Hounslow; Isle of
Wight; Isles of Scilly; Islington; Kensington and Chelsea; Kent; Kingston upon Hull; Kingston upon Thames; Kirklees;
Knowsley; Lambeth; Lancashire; Leeds; Leicester; Leicestershire; Lewisham; Lincolnshire; Liverpool; Luton; Manchester;
Medway; Merton; Middlesbrough; Milton Keynes; Newcastle upon Tyne; Newham; Norfolk; North East Lincolnshire; North
Lincolnshire; North Northamptonshire; North Somerset; North Tyneside; North Yorkshire; Northamptonshire;
Northumberland; Nottingham; Nottinghamshire; Oldham; Oxfordshire; Peterborough; Plymouth; Poole; Portsmouth; Reading;
Redbridge; Redcar and Cleveland; Richmond upon Thames; Rochdale; Rotherham; Rutland; Salford; Sandwell; Sefton;
Sheffield; Shropshire; Slough; Solihull; Somerset; South Gloucestershire; South Tyneside; Southampton;
Southend-on-Sea; Southwark; St Helens; Staffordshire; Stockport; Stockton-on-Tees; Stoke-on-Trent; Suffolk;
Sunderland; Surrey; Sutton; Swindon; Tameside; Telford and Wrekin; Thurrock; Torbay; Tower Hamlets; Trafford;
Wakefield; Walsall; Waltham Forest; Wandsworth; Warrington; Warwickshire; West Berkshire; West Northamptonshire; West
Sussex; Westminster; Westmorland and Furness; Wigan; Wiltshire; Windsor and Maidenhead; Wirral; Wokingham;
Wolverhampton; Worcestershire; York; Blaenau Gwent; Bridgend; Caerphilly; Cardiff; Carmarthenshire; Ceredigion; Conwy;
Denbighshire; Flintshire; Gwynedd; Isle of Anglesey; Merthyr Tydfil; Monmouthshire; Neath Port Talbot; Newport;
Pembrokeshire; Powys; Rhondda Cynon Taf; Swansea; Torfaen; Vale of Glamorgan; Wrexham; Ynys Mon; Aberdeen;
Aberdeenshire; Angus; Argyll and Bute; Clackmannanshire; Dumfries and Galloway; Dundee; East Ayrshire; East
Dunbartonshire; East Lothian; East Renfrewshire; Edinburgh; Falkirk; Fife; Glasgow; Highland; Inverclyde; Midlothian;
Moray; Na h-Eileanan Siar; North Ayrshire; North Lanarkshire; Orkney Islands; Perth and Kinross; Renfrewshire;
Scottish Borders; Shetland Islands; South Ayrshire; South Lanarkshire; Stirling; West Dunbartonshire; West Lothian;
Belfast; Northern; South Eastern; Southern; Western
"""
PLACES: tuple[str, ...] = tuple(" ".join(name.split()) for name in _NAMES.split(";"))
