"""History: what pictures can be found by, tags, albums, and the word index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
FROM_JOBS = """
UPDATE images SET
  model = (SELECT model FROM jobs WHERE jobs.id = images.job_id),
  prompt = coalesce((SELECT {prompt} FROM jobs WHERE jobs.id = images.job_id), ''),
  negative_prompt = coalesce((SELECT {negative_prompt} FROM jobs WHERE jobs.id = images.job_id), ''),
  steps = coalesce((SELECT CAST({num_inference_steps} AS INTEGER) FROM jobs WHERE jobs.id = images.job_id), 0),
  guidance = coalesce((SELECT CAST({guidance_scale} AS FLOAT) FROM jobs WHERE jobs.id = images.job_id), 0),
  sampler = coalesce((SELECT {sampler} FROM jobs WHERE jobs.id = images.job_id), ''),
  schedule = coalesce((SELECT {schedule} FROM jobs WHERE jobs.id = images.job_id), ''),
  number = (SELECT count(*) FROM images AS older WHERE older.id <= images.id)
"""
FIELDS = ("prompt", "negative_prompt", "num_inference_steps", "guidance_scale", "sampler", "schedule")


def new_columns() -> list[sa.Column[object]]:
    """What is added to the pictures."""
    return [
        sa.Column("number", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("thumbnail", sa.String(80)),
        sa.Column("model", sa.String(200), nullable=False, server_default=""),
        sa.Column("fingerprint", sa.String(80), nullable=False, server_default=""),
        sa.Column("prompt", sa.Text(), nullable=False, server_default=""),
        sa.Column("negative_prompt", sa.Text(), nullable=False, server_default=""),
        sa.Column("steps", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("guidance", sa.Double(), nullable=False, server_default="0"),
        sa.Column("sampler", sa.String(40), nullable=False, server_default=""),
        sa.Column("schedule", sa.String(40), nullable=False, server_default=""),
        sa.Column("is_favourite", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("rating", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("trashed_at", INSTANT),
    ]


def upgrade() -> None:
    """Apply."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("images") as images:
        for column in new_columns():
            images.add_column(column)
    path = "json_extract(input, '$.{0}')" if is_sqlite else "input ->> '{0}'"
    op.execute(FROM_JOBS.format(**{field: path.format(field) for field in FIELDS}))
    with op.batch_alter_table("images") as images:
        for column in new_columns():
            if column.server_default is not None:
                images.alter_column(column.name, server_default=None)
    op.drop_index("ix_images_owner", "images")
    op.create_index("ix_images_number", "images", ["number"], unique=True)
    op.create_index("ix_images_owner", "images", ["owner", "number"])
    op.create_index("ix_images_owner_seed", "images", ["owner", "seed"])
    op.create_index("ix_images_thumbnail", "images", ["thumbnail"])
    op.create_index("ix_images_trashed", "images", ["trashed_at"])
    _create_new_tables()
    if is_sqlite:
        op.execute(
            "CREATE VIRTUAL TABLE image_words USING fts5(owner, words, tokenize = 'unicode61 remove_diacritics 2')"
        )
        op.execute("INSERT INTO image_words (rowid, owner, words) SELECT number, owner, prompt FROM images")
    else:
        op.execute("CREATE SEQUENCE image_numbers")
        op.execute("SELECT setval('image_numbers', coalesce((SELECT max(number) FROM images), 0) + 1)")
        # PostgreSQL would skip <lora:…> as a tag of a markup language
        words = "to_tsvector('simple', translate(prompt, '<>:/', '    '))"
        op.execute(f"CREATE INDEX ix_images_words ON images USING gin ({words})")


def _create_new_tables() -> None:
    op.create_table(
        "image_tags",
        sa.Column("image_id", sa.String(40), nullable=False),
        sa.Column("tag", sa.String(50), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "tag", name=op.f("pk_image_tags")),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("fk_image_tags_image_id_images"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_image_tags_tag", "image_tags", ["tag", "image_id"])
    op.create_table(
        "albums",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_albums")),
    )
    op.create_index("ix_albums_owner_name", "albums", ["owner", "name"], unique=True)
    op.create_table(
        "album_images",
        sa.Column("album_id", sa.String(40), nullable=False),
        sa.Column("image_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("album_id", "image_id", name=op.f("pk_album_images")),
        sa.ForeignKeyConstraint(
            ["album_id"], ["albums.id"], name=op.f("fk_album_images_album_id_albums"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("fk_album_images_image_id_images"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_album_images_image", "album_images", ["image_id"])


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("image_words")
    else:
        op.drop_index("ix_images_words", "images")
        op.execute("DROP SEQUENCE image_numbers")
    for table in ("album_images", "albums", "image_tags"):
        op.drop_table(table)
    for index in ("trashed", "thumbnail", "owner_seed", "owner", "number"):
        op.drop_index(f"ix_images_{index}", "images")
    with op.batch_alter_table("images") as images:
        for column in new_columns():
            images.drop_column(column.name)
    op.create_index("ix_images_owner", "images", ["owner", "id"])
