"""What the record is searched by, in sheets: made from it, and made anew from it."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from app.store.tables.columns import busy, metadata, needed

history_progress = Table(
    "history_progress",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    needed("sheeted", BigInteger),
    needed("revision", BigInteger),
    CheckConstraint("id = 1", name="single"),
    comment="The first seq in no sheet, and up to which revision sheets follow corrections. Locked to write sheets.",
    postgresql_with=busy(10),
)

history_marks = Table(
    "history_marks",
    metadata,
    needed("mark", BigInteger),
    needed("sheet", Integer),
    needed("bits", LargeBinary),
    PrimaryKeyConstraint("mark", "sheet", postgresql_include=["bits"]),
    comment="Which seqs of a sheet have a value that can be asked for. All history_ tables are made from the record.",
)

history_grams = Table(
    "history_grams",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("sheet", Integer, primary_key=True, autoincrement=False),
    needed("bits", LargeBinary),
    comment="In which strips of a sheet which neighbouring characters stand, in a fixed number of slices.",
)

history_texts = Table(
    "history_texts",
    metadata,
    Column("strip", BigInteger, primary_key=True, autoincrement=False),
    needed("text", Text),
    comment="What the leads of a strip of seqs are called and reached by, in small letters, to be searched.",
    # A strip is read far more often than written, and as often as can be: in place, as it is.
    postgresql_with={"toast_tuple_target": 8160},
)

history_corrected = Table(
    "history_corrected",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    comment="Records in sheets whose leads have other texts now: looked at in each search until their sheet knows.",
)
