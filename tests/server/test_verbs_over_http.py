import httpx2


async def test_a_verb_is_called_by_its_name(http: httpx2.AsyncClient) -> None:
    created = await http.post("/v1/create_task", json={"title": "Read", "payload": {"page": 3}})
    claimed = await http.post("/v1/claim_task", json={})

    assert claimed.json()["task_id"] == created.json()["task_id"]
    assert claimed.json()["payload"] == {"page": 3}


async def test_a_refusal_has_one_shape_and_a_fitting_status(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/v1/get_task", json={"task_id": "task-0-99"})

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
