"""Addresses of the pages."""

from django.urls import path

from jieyue.web.views import (
    change,
    data,
    home,
    imports,
    institutions,
    language,
    plan,
    receipts,
    review,
    signin,
    style,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("signin/", signin.SignIn.as_view(), name="signin"),
    path("signout/", signin.SignOut.as_view(), name="signout"),
    path("language/", language.choose, name="language"),
    path("plan/", plan.board, name="plan"),
    path("data/", data.overview, name="data"),
    path("data/<slug:tree>/", data.by_tree, name="data-tree"),
    path("change/", change.compare, name="change"),
    path("institutions/", institutions.listing, name="registry"),
    path("institutions/<str:code>/", institutions.profile, name="institution"),
    path("institutions/<str:code>/register/", institutions.register, name="institution-register"),
    path("source/", receipts.source, name="source"),
    path("receipt/<path:receipt>", receipts.receipt, name="receipt"),
    path("import/", imports.index, name="imports"),
    path("import/upload/", imports.upload, name="import-upload"),
    path("import/<int:batch>/", imports.preview, name="import-preview"),
    path("import/<int:batch>/mapping/", imports.mapping, name="import-mapping"),
    path("import/<int:batch>/names/", imports.names, name="import-names"),
    path("import/<int:batch>/marked/", imports.marked, name="import-marked"),
    path("import/<int:batch>/confirm/", imports.confirm, name="import-confirm"),
    path("review/", review.listing, name="review"),
    path("review/check/", review.check, name="review-check"),
    path("review/<int:number>/", review.finding, name="review-finding"),
    path("review/<int:number>/explain/", review.answer, name="review-explain"),
    path("review/<int:number>/decide/", review.judge, name="review-decide"),
    path("style/", style.style, name="style"),
]
