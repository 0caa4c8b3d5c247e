"""Words of firm names that tell little: legal forms, kinds of business, everyday words, places.

Each word has a kind, and the plain word it stands for (an abbreviation, a plural, another ending).
The words are ours, from common use in customs data; a word that is missing counts as distinctive,
which costs a little precision and no hit.
"""

from collections.abc import Iterator
from enum import IntEnum

from app.core.screening.place_words import OTHER_SPELLINGS, PLACES
from app.core.screening.romanisation import wade_giles

_RESPELT_FROM = 5  # letters of a town in Wade-Giles that no short word is taken for


class Kind(IntEnum):
    """What a word of a name says, from nothing to who it is."""

    LEGAL = 0  # legal form: Co, Ltd, GmbH
    LINK = 1  # and, of, the
    ORGANISATION = 2  # group, holding, factory
    TRADE = 3  # textile, seafood, import
    PLACE = 4  # province, town, country
    COMMON = 5  # an everyday English word
    NUMBER = 6
    DISTINCTIVE = 7


# Groups are "plain=other,other"; a word alone stands for itself.
_LEGAL = (
    "co company companies ltd limited ltda limitada inc incorporated corp corporation corporate "
    "coltd colimited cltd llc lc plc llp lp lllp gmbh mbh ag kg kgaa sa sas sarl srl spa snc bv "
    "nv ab as aps oy oyj kk gk kft zrt doo dd ad sl slu se sdn bhd berhad sendirian pte pty pvt "
    "private proprietary tbk pt cv jsc ojsc cjsc pjsc ooo zao oao pao fze fzc fzco fzllc dmcc wll "
    "saoc saog sro spol eirl sac cxa tnhh youxian youxiangongsi gongsi gufen zeren youxianzeren "
    "yuxian de sab kabushiki kaisha yugen gaisha public share shares joint stock liability "
    "responsibility unlimited registered reg ent"
)
_LINKS = "and of the for in on at by with to from y et und el del do dos les der"
_ORGANISATION = (
    "group=grp,groups,gruppe,grupo,jituan holding=holdings,hldg,hldgs,hld "
    "enterprise=enterprises,entp,enterprize factory=fty,factories,fac,gongchang works "
    "plant=plants mill=mills branch=branches,fengongsi subsidiary=subsidiaries "
    "division=div,divisions department=dept office headquarters=hq general=gen,zong main station "
    "centre=center,ctr association union=unions cooperative=coop,cooperatives society bureau base "
    "zone park affiliate=affiliates unit workshop corps store=stores shop"
)
_TRADE = (
    "textile=textiles,tex,txtl,text,txt,fangzhi apparel=apparels,apprl fashion=fashions "
    "garment=garments,gmt,gmts,garm,garmt,fuzhuang clothing=clothes,clothings,cloth wear=wears "
    "knitting=knit,knitted,knitwear,knits weaving=woven spinning dyeing=dyed,dye "
    "printing=print,printed yarn=yarns thread fabric=fabrics fibre=fiber,fibers,fibres melange "
    "silk wool=woolen,woollen cotton=cottons linen cashmere leather down feather hide fur "
    "embroidery lace hosiery sock=socks glove=gloves hat=hats cap bag=bags luggage footwear "
    "shoe=shoes sportswear towel uniform shirt=shirts jeans denim trouser home hometextile "
    "bedding carpet=carpets rug=rugs seafood=seafoods aquatic=aquatics,shuichan fish=fishes "
    "fishing=fishery,fisheries food=foods,foodstuff,foodstuffs,fds,shipin fruit=fruits "
    "vegetable=vegetables,veg tomato=tomatoes sugar=sugars salt tea=teas rice grain=grains "
    "oil=oils herbal=herb,herbs medicine=medicines canned beverage=beverages drink=drinks water "
    "meat dairy spice=spices nut=nuts seed=seeds garlic ginger jujube ingredient=ingredients "
    "additive=additives starch feed flour agricultural=agriculture,agri,agric,agr,agro,nongye "
    "farm=farms,farming forestry plantation horticulture livestock breeding flower=flowers timber "
    "wood=woods,wooden lumber plywood bamboo furniture=furnitures,furn,jiaju flooring board "
    "paper=papers pulp packaging=packing,package,packages,pack,pkg hair wig=wigs "
    "lash=lashes,eyelash,eyelashes,eyelashs beauty cosmetic=cosmetics "
    "accessory=accessories,acc,accs jewelry=jewellery,jewelries gift=gifts craft=crafts "
    "handicraft=handicrafts art=arts toy=toys stationery sport=sports,sporting good=goods,gds "
    "product=products,prod,prods,pdt production=productions commodity=commodities "
    "article=articles supply=supplies,supplier,suppliers "
    "material=materials,matl,matls,mat,mats,mtl resource=resources "
    "chemical=chemicals,chem,chems,chemistry,huagong plastic=plastics,plas rubber=rubbers resin "
    "polymer polyester pvc paint coating=coatings fertiliser=fertilizer pigment glass "
    "ceramic=ceramics cement stone=stones brick silicon=silicone solar "
    "photovoltaic=photovoltaics,pv wafer energy=energies,engy,nengyuan power "
    "electric=electrical,electrics,elec,electricity "
    "electronic=electronics,electr,elect,elc,dianzi battery=batteries lithium "
    "light=lighting,lights led lamp semiconductor=semiconductors "
    "optical=optics,optoelectronic,optoelectronics cable=cables wire=wires,cabling "
    "appliance=appliances instrument=instruments,instr meter equipment=equipments,equip,eqpt,eqp "
    "machinery=machineries,mach,machine,machines,mchy,mechanical,mechanics,jixie machining "
    "tool=tools hardware=hardwares,hw,wujin part=parts component=components "
    "mould=mold,molds,moulds bearing=bearings valve=valves pipe=pipes fitting=fittings pump=pumps "
    "engine=engines diesel motor=motors auto=automobile,automotive,autos vehicle=vehicles "
    "tyre=tire,tires,tyres bicycle=bicycles,bike,bikes metal=metals,metallic "
    "metallurgy=metallurgical,metall steel=steels iron=irons "
    "commerce=commercial,business,biz,shangmao nonferrous=nonferous "
    "aluminium=aluminum,alum,aluminio,lvye copper zinc magnesium gold silver mining=mine,mines "
    "mineral=minerals coal alloy=alloys foundry casting=castings forging wheel "
    "technology=technologies,technological,tech,techs,technol,tec,technical,keji "
    "science=sciences,sci,scientific "
    "biotechnology=biotech,biotec,biotechnologies,biotechno,shengwu biological=biology,biologic "
    "bio pharmaceutical=pharmaceuticals,pharm,pharma,pharmacy,zhiyao medical=med "
    "health=healthcare nutrition information=info,infor digital software computer=computers,comp "
    "network=networks,net communication=communications,comm telecom=telecommunication "
    "trade=trading,trdg,trad,tdg,trades,trd,trader,traders,maoyi "
    "international=intl,int,internatl,intern,internationals,guoji "
    "import=imports,imp,imptr,importing export=exports,exp,exporting,exportation "
    "impexp=impex,imexport economic=econ,economy merchandise "
    "industry=industrial,industries,inds,ind,indus,indl,industrials,shiye,gongye,industria "
    "manufacturing=manufacture,manufacturer,manufacturers,mfg,mfr,mfrs,manuf,mfrg,manufg,zhizao "
    "processing=process,processor,proc development=developments,dev,devel,devt,developing,fazhan "
    "investment=investments,inv,invest,investing,touzi "
    "construction=constructions,const,constr,contruction,building,jianshe "
    "engineering=engineer,eng,engg,engr,engrg estate logistics=logistic,logis,log,wuliu "
    "transport=transportation,trans shipping=ship freight warehousing=warehouse,whse,storage,stor "
    "service=services,svc,svcs,svs consulting chain sourcing purchasing procurement "
    "distribution=distributor,distributors sales=sale management=mgmt,mgt,manage education "
    "training school college laboratory=labs,lab research=r design=designs brand=brands "
    "decoration=decorations decor ornament household houseware kitchenware tableware dinnerware "
    "outdoor garden pet baby safety protective protection environment=environmental,env recycling "
    "treatment gas petroleum petrochemical fuel marine vessel ocean boat tuna squid toner "
    "printer=printers tobacco palm"
)
_COMMON = (
    "new great east eastern west western north northern south southern central golden sun "
    "sunshine moon star stars sky blue green red white black yellow royal king queen prince crown "
    "dragon phoenix tiger lion horse camel eagle panda elephant dolphin whale bear wolf bird swan "
    "world global universal inter national pacific atlantic asia asian euro continental sea river "
    "lake mountain hill valley spring summer autumn winter rain snow wind cloud fire earth land "
    "forest tree rose lotus lily peony happy happiness lucky fortune treasure rich wealth joy "
    "hope dream love life live long ever evergreen everest forever future modern advanced advance "
    "super top best first prime premium perfect ideal smart bright brilliant crystal diamond "
    "pearl jade ruby quality select choice excellent giant mega mini max pro plus one two three "
    "four five six seven eight nine ten unity united alliance trust faith honest sincere victory "
    "win winner winning success successful hero champion leader leading pioneer master expert "
    "dynasty empire imperial palace gate bridge road way link line point peak summit high tower "
    "century millennium day morning dawn sunrise sunset rainbow aurora fast quick speed swift jet "
    "fly flying wing wings smooth fine pure fresh natural nature eco organic clean clear made up "
    "casual needle rare synergy foundation vision vast mount oasis young big small little old "
    "people state county city district province town village autonomous region prefecture "
    "municipal municipality uyghur uygur real cross border vocation vocational skills skill "
    "reserve library buying selling strategic sunny sure true grand majestic magic angel heaven "
    "paradise camp labor labour reform reeducation through prison penitentiary"
)


def _words(groups: str) -> Iterator[tuple[str, str]]:
    """Yield each word of some groups with the plain word it stands for."""
    for group in groups.split():
        plain, _, others = group.partition("=")
        for word in (plain, *filter(None, others.split(","))):
            yield word, plain


def _kinds() -> dict[str, tuple[str, Kind]]:
    known: dict[str, tuple[str, Kind]] = {}
    kinds = (
        (_LEGAL, Kind.LEGAL),
        (_LINKS, Kind.LINK),
        (_ORGANISATION, Kind.ORGANISATION),
        (_TRADE, Kind.TRADE),
        (PLACES, Kind.PLACE),
        (_COMMON, Kind.COMMON),
    )
    for groups, kind in kinds:
        for word, plain in _words(groups):
            known.setdefault(word, (plain, kind))
    for word, plain in _words(OTHER_SPELLINGS):
        known[word] = (plain, Kind.PLACE)
    for word, (plain, kind) in list(known.items()):
        respelt = wade_giles(word) if kind is Kind.PLACE else None
        if respelt is not None and len(respelt) >= _RESPELT_FROM:
            known.setdefault(respelt, (plain, Kind.PLACE))
    return known


def _other_names() -> dict[str, tuple[str, ...]]:
    names: dict[str, list[str]] = {}
    for word, plain in _words(OTHER_SPELLINGS):
        if word != plain:
            names.setdefault(plain, []).append(word)
    return {plain: tuple(others) for plain, others in names.items()}


KNOWN_WORDS = _kinds()
OTHER_NAMES = _other_names()  # further spellings of a town by its plain one


def kind_of(word: str) -> tuple[str, Kind]:
    """Return the plain word that `word` stands for and its kind; itself where it is unknown."""
    known = KNOWN_WORDS.get(word)
    if known is not None:
        return known
    if word.isdigit():
        return word.lstrip("0") or "0", Kind.NUMBER
    return word, Kind.DISTINCTIVE
