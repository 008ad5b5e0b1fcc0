from __future__ import annotations

import base64
import io
import json
import zipfile

import pytest
from PIL import Image

BODY = {"model": "toy", "input": {"prompt": "a red apple", "seed": 7, "num_inference_steps": 2, "num_images": 2}}


@pytest.fixture
async def pictures(client):
    await client.post("/v1/jobs", json=BODY, headers={"prefer": "wait"})
    return (await client.get("/v1/history")).json()["results"]


class TestList:
    async def test_a_picture_has_its_whole_recipe_and_links(self, client, stranger, pictures):
        assert [picture["recipe"]["seed"] for picture in pictures] == [8, 7]
        recipe = pictures[1]["recipe"]
        assert recipe["prompt"] == "a red apple"
        assert (recipe["model"], recipe["model_fingerprint"]) == ("toy", "toy")
        assert recipe["num_inference_steps"] == 2
        small = await stranger.get(pictures[0]["thumbnail_url"])
        picture = Image.open(io.BytesIO(small.content))
        assert (small.headers["content-type"], picture.format, picture.size) == ("image/webp", "WEBP", (128, 128))
        again = await stranger.get(pictures[0]["thumbnail_url"])
        assert again.content == small.content
        etag = {"if-none-match": small.headers["etag"]}
        assert (await stranger.get(pictures[0]["thumbnail_url"], headers=etag)).status_code == 304

    async def test_the_recipe_tells_every_field_who_when_and_how_fast(self, client, gateway, key):
        picture = io.BytesIO()
        Image.new("RGB", (64, 64), "red").save(picture, "PNG")
        given = {
            "prompt": "a red apple",
            "num_inference_steps": 4,
            "image": f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}",
            "strength": 0.5,
            "sampler": "euler_a",
            "eta": 0.5,
            "variation_seed": 3,
            "variation_strength": 0.25,
            "hires": {"scale": 2.0, "num_inference_steps": 3, "strength": 0.6},
            "emphasis": "no_norm",
            "clip_skip": 0,
            "guidance_end": 0.5,
            "guidance_rescale": 0.3,
            "seed": 7,
        }
        job = (await client.post("/v1/jobs", json={"model": "toy", "input": given}, headers={"prefer": "wait"})).json()
        assert job["status"] == "succeeded", job
        found = (await client.get("/v1/history")).json()["results"][0]
        recipe = found["recipe"]
        del given["image"], given["hires"]
        assert {name: recipe[name] for name in given} == given
        assert (recipe["hires"]["num_inference_steps"], recipe["hires"]["strength"]) == (3, 0.6)
        assert recipe["timings"]["queued_s"] >= 0
        assert recipe["timings"]["running_s"] > 0
        assert (recipe["owner"], recipe["surface"]) == (recipe["key_id"], "jobs")
        assert recipe["sources"] == {"image": job["input"]["image"]}
        assert "base64" not in json.dumps(found)
        assert (await client.get(f"/v1/history/{found['id']}")).json()["recipe"] == recipe
        names = await client.post("/v1/history/zip", json={"ids": [found["id"]]})
        archived = json.loads(zipfile.ZipFile(io.BytesIO(names.content)).read("recipes.json"))[0]
        assert {name: archived[name] for name in recipe} == recipe

    async def test_pages_join(self, client, pictures):
        first = (await client.get("/v1/history", params={"limit": 1})).json()
        second = (await client.get("/v1/history", params={"limit": 1, "before": first["next"]})).json()
        assert [p["id"] for p in first["results"] + second["results"]] == [p["id"] for p in pictures]
        assert second["next"] is None

    async def test_a_line_it_cannot_understand_is_400(self, client):
        answer = await client.get("/v1/history", params={"query": "colour:red"})
        assert (answer.status_code, answer.json()["field"]) == (400, "query")
        assert "steps" in answer.json()["detail"]

    async def test_others_see_and_change_nothing(self, gateway, client, pictures):
        image_id = pictures[0]["id"]
        _, key = await gateway.keys.create("other")
        async with gateway.client(key) as other:
            assert (await other.get("/v1/history")).json()["results"] == []
            for method, path, body in (
                ("GET", f"/v1/history/{image_id}", None),
                ("PATCH", f"/v1/history/{image_id}", {"rating": 1}),
                ("DELETE", f"/v1/history/{image_id}", None),
                ("GET", f"/v1/history/{image_id}/copy", None),
                ("GET", f"/files/{image_id}/thumbnail", None),
            ):
                assert (await other.request(method, path, json=body)).status_code == 404
            assert (await other.post("/v1/history/trash", json={"ids": [image_id]})).json() == {"count": 0}
            names = await names_in_zip(other, [image_id])
            assert names == {"recipes.json"}


class TestCopy:
    @pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
    async def test_comes_in_the_wanted_format_with_and_without_the_recipe(self, client, pictures, form):
        address = f"/v1/history/{pictures[0]['id']}/copy"
        for has_recipe in (True, False):
            wish = {"format": form, "recipe": str(has_recipe).lower()}
            answer = await client.get(address, params=wish)
            picture = Image.open(io.BytesIO(answer.content))
            assert (answer.headers["content-type"], picture.format.lower()) == (f"image/{form}", form)
            assert answer.headers["content-disposition"] == f'attachment; filename="{pictures[0]["id"]}.{form}"'
            verified = await client.post("/v1/provenance/verify", files={"image": answer.content})
            found = verified.json()
            assert (found["verdict"], found["c2pa"]["state"]) == ("made_here", "trusted")
            assert (found["recipe"] or {}).get("prompt") == ("a red apple" if has_recipe else None)

    async def test_as_it_is_already_is_the_file_itself(self, client, pictures):
        file = await client.get(pictures[0]["url"])
        assert (await client.get(f"/v1/history/{pictures[0]['id']}/copy")).content == file.content

    @pytest.mark.parametrize("wish", [{"format": "gif"}, {"quality": 0}, {"quality": 101}, {"colour": "red"}])
    async def test_of_a_kind_that_is_not_written_is_refused(self, client, pictures, wish):
        answer = await client.get(f"/v1/history/{pictures[0]['id']}/copy", params=wish)
        assert answer.status_code == 400
        assert answer.json()["field"] == next(iter(wish))


class TestMarks:
    async def test_favourites_ratings_and_tags_are_found(self, client, pictures):
        body = {"is_favourite": True, "rating": 4, "tags": ["Best ", "fruit", "best"]}
        changed = (await client.patch(f"/v1/history/{pictures[0]['id']}", json=body)).json()
        assert (changed["is_favourite"], changed["rating"], changed["tags"]) == (True, 4, ["best", "fruit"])
        for query, count in (("is:favourite", 1), ("rating:>=4", 1), ("rating:>4", 0), ("tag:best", 1), ("tag:no", 0)):
            assert len((await client.get("/v1/history", params={"query": query})).json()["results"]) == count
        assert (await client.get("/v1/tags")).json() == [{"tag": "best", "count": 1}, {"tag": "fruit", "count": 1}]
        await client.patch(f"/v1/history/{pictures[0]['id']}", json={"tags": []})
        assert (await client.get("/v1/tags")).json() == []

    @pytest.mark.parametrize("body", [{"rating": 6}, {"tags": ["x" * 51]}, {"colour": "red"}])
    async def test_nonsense_is_refused(self, client, pictures, body):
        assert (await client.patch(f"/v1/history/{pictures[0]['id']}", json=body)).status_code == 400


class TestAlbums:
    async def test_a_nul_in_a_name_is_no_fault(self, client):
        """PostgreSQL keeps none; SQLite does, where it does no harm."""
        answer = await client.post("/v1/albums", json={"name": "Fr\0uit"})
        assert (answer.status_code, answer.json().get("code")) in ((201, None), (400, "invalid_value"))

    async def test_pictures_go_in_and_out(self, client, pictures):
        album = (await client.post("/v1/albums", json={"name": "Fruit"})).json()
        assert (await client.post("/v1/albums", json={"name": "Fruit"})).status_code == 400
        ids = [picture["id"] for picture in pictures]
        path = f"/v1/albums/{album['id']}"
        for _ in range(2):
            assert (await client.patch(path, json={"add": [*ids, "img_none"]})).status_code == 204
        assert [(a["name"], a["count"]) for a in (await client.get("/v1/albums")).json()] == [("Fruit", 2)]
        await client.patch(path, json={"remove": ids[:1]})
        inside = (await client.get("/v1/history", params={"query": "album:Fruit"})).json()["results"]
        assert [picture["id"] for picture in inside] == ids[1:]
        assert (await client.delete(path)).status_code == 204
        assert (await client.patch(path, json={})).status_code == 404
        assert len((await client.get("/v1/history")).json()["results"]) == 2


class TestTrash:
    async def test_thrown_away_taken_back_and_gone_for_good(self, client, gateway, pictures, monkeypatch, settings):
        from datetime import timedelta

        image_id = pictures[0]["id"]
        await client.delete(f"/v1/history/{image_id}")
        assert len((await client.get("/v1/history")).json()["results"]) == 1
        trashed = (await client.get("/v1/history", params={"query": "is:trashed"})).json()["results"]
        assert [picture["id"] for picture in trashed] == [image_id]
        assert (await client.post("/v1/history/restore", json={"ids": [image_id]})).json() == {"count": 1}
        assert len((await client.get("/v1/history")).json()["results"]) == 2

        await client.get(f"/files/{image_id}/thumbnail")
        await client.delete(f"/v1/history/{image_id}")
        monkeypatch.setattr("gateway.storage.sweep.YOUNG", timedelta(seconds=-5))
        files = list((settings.data_dir / "images").glob("??/??/*"))
        assert (await client.post("/v1/history/empty-trash")).json() == {"count": 1}
        left = list((settings.data_dir / "images").glob("??/??/*"))
        assert len(files) - len(left) == 2, "the picture and its thumbnail are still on the disk"
        assert (await client.get(f"/files/{image_id}")).status_code == 404
        assert (await client.get(f"/v1/history/{pictures[1]['id']}")).status_code == 200
        assert (await client.get(f"/files/{pictures[1]['id']}")).status_code == 200

    async def test_a_file_that_another_picture_needs_stays(self, client, pictures, monkeypatch):
        from datetime import timedelta

        again = await client.post("/v1/jobs", json=BODY)
        assert again.json()["cached_from"] is not None
        monkeypatch.setattr("gateway.storage.sweep.YOUNG", timedelta(seconds=-5))
        await client.post("/v1/history/trash", json={"ids": [picture["id"] for picture in pictures]})
        await client.post("/v1/history/empty-trash")
        for image in again.json()["images"]:
            assert (await client.get(image["url"])).status_code == 200


async def names_in_zip(client, ids) -> set[str]:
    answer = await client.post("/v1/history/zip", json={"ids": ids})
    assert answer.status_code == 200
    return set(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())


class TestZip:
    async def test_a_selection_comes_with_its_recipes(self, client, pictures):
        ids = [picture["id"] for picture in pictures]
        answer = await client.post("/v1/history/zip", json={"ids": ids})
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        assert archive.testzip() is None
        assert set(archive.namelist()) == {*(f"images/{i}.png" for i in ids), "recipes.json"}
        recipes = json.loads(archive.read("recipes.json"))
        assert [recipe["seed"] for recipe in recipes] == [8, 7]
        assert Image.open(io.BytesIO(archive.read(f"images/{ids[0]}.png"))).size == (128, 128)

    async def test_a_picture_that_cannot_be_read_is_named_and_breaks_nothing(self, client, pictures, settings):
        for path in (settings.data_dir / "images").glob("??/??/*"):
            path.unlink()
            break
        names = await names_in_zip(client, [picture["id"] for picture in pictures])
        assert "missing.txt" in names
        assert len(names) == 3

    async def test_too_many_are_refused(self, client):
        assert (await client.post("/v1/history/zip", json={"ids": ["x"] * 1001})).status_code == 400
