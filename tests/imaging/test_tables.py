"""Tables that people publish, with made-up rows, and tables as people really save them."""

import pytest

from clinnote.errors import OntologyError, Reject
from clinnote.imaging.table_rules import load_table_rules
from clinnote.model.image_label import ImageLabel
from clinnote.settings import Home


def labels(items):
    assert not [item for item in items if isinstance(item, Reject) and not item.skipped], items
    return [item for item in items if isinstance(item, ImageLabel)]


def rejects(items):
    return [(item.line, item.reason) for item in items if isinstance(item, Reject)]


def said(items):
    """(finding, presence, sides) of every label."""
    return [(x.finding.text, x.presence, x.sides.values) for x in labels(items)]


NIH = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n"
)


def test_nih_entries_name_findings_of_the_whole_film(read_file):
    text = (
        NIH
        + "7_001.png,Effusion|Mass,1,7,058Y,F,AP,2682,2749,0.143,0.143,\n8_000.png,No Finding,0,8,061Y,M,PA,1,1,,,\n"
    )
    found = labels(read_file("Data_Entry.csv", text))
    assert [(x.study_id, x.finding.text, x.view) for x in found] == [
        ("7_001.png", "Effusion", "AP"),
        ("7_001.png", "Mass", "AP"),
        ("8_000.png", "No Finding", "PA"),
    ]
    assert {k: found[0].metadata[k] for k in ("patient_id", "patient_sex", "label_set", "follow-up_#")} == {
        "patient_id": "7",
        "patient_sex": "F",
        "label_set": "nih_chestxray14",
        "follow-up_#": "1",
    }
    assert found[0].geometry is None


def test_rsna_boxes_and_films_without_opacity(read_file):
    text = "patientId,x,y,width,height,Target\na,600.0,150.0,200.0,300.0,1\na,100,150,200,300,1\nb,,,,,0\n"
    found = labels(read_file("stage_2_train_labels.csv", text))
    assert {(x.study_id, x.presence, x.sides.values) for x in found} == {
        ("a", "present", ("left",)),
        ("a", "present", ("right",)),
        ("b", "absent", ()),
    }
    assert {x.finding.text for x in found} == {"Lung Opacity"}
    assert "Lung Opacity" in found[0].exhaustive_for


def test_rsna_classes(read_file):
    text = "patientId,class\na,Lung Opacity\na,Lung Opacity\nb,No Lung Opacity / Not Normal\nc,Normal\n"
    found = read_file("classes.csv", text)
    assert [x.finding.text for x in labels(found)] == ["Lung Opacity", "No Lung Opacity / Not Normal", "Normal"]
    assert rejects(found) == [(3, "duplicate_row")]


def test_rsna_haemorrhage_types_end_the_id(read_file):
    text = "ID,Label\nID_0a1_epidural,0\nID_0a1_subdural,1\nID_0a1_any,1\nID_0a1_frontal,1\nID_0a1_subdural,2\n"
    found = read_file("stage_2_train.csv", text)
    assert [(x.image_id, x.finding.text, x.presence, x.modality) for x in found if isinstance(x, ImageLabel)] == [
        ("ID_0a1", "epidural", "absent", "CT"),
        ("ID_0a1", "subdural", "present", "CT"),
        ("ID_0a1", "any", "present", "CT"),
    ]
    assert rejects(found) == [(5, "missing_finding"), (6, "bad_presence")]


VINDR = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"


def test_vindr_has_three_readers_and_rows_without_box(read_file):
    rows = "a,Pleural effusion,10,R1,1800,900,2300,1600\na,Pleural effusion,10,R2,1790,910,2310,1590\n"
    found = labels(
        read_file("train.csv", VINDR + rows + "b,No finding,14,R1,,,,\nb,No finding,14,R2,nan,nan,nan,nan\n")
    )
    assert [(x.finding.text, x.annotator, x.geometry is None) for x in found] == [
        ("No finding", "R1", True),
        ("No finding", "R2", True),
        ("Pleural effusion", "R1", False),
        ("Pleural effusion", "R2", False),
    ]
    assert found[2].metadata["geometry_side"] == "no_image_size"
    assert "Pleural effusion" in found[0].exhaustive_for


def test_vindr_with_the_size_of_the_image_gives_sides(read_file):
    text = VINDR.replace("\n", ",width,height\n") + "a,Nodule/Mass,8,R1,300,900,500,1100,2000,2400\n"
    assert said(read_file("train.csv", text)) == [("Nodule/Mass", "present", ("right",))]


def test_vindr_class_ids_alone(read_file):
    text = VINDR.replace("class_name,", "") + "a,12,R1,1,1,9,9\nb,14,R1,,,,\nc,15,R1,1,1,9,9\n"
    found = read_file("ids.csv", text)
    assert {x.finding.text for x in found if isinstance(x, ImageLabel)} == {"Pneumothorax", "No finding"}
    assert rejects(found) == [(4, "unknown_category")]


def test_vindr_a_column_for_each_finding(read_file):
    text = "image_id,rad_id,Aortic enlargement,Atelectasis,Cardiomegaly,No finding\na,R1,1,0,0,0\nb,R2,0,0,0,1\n"
    assert said(read_file("image_labels_train.csv", text)) == [
        ("Aortic enlargement", "present", ()),
        ("Atelectasis", "absent", ()),
        ("Cardiomegaly", "absent", ()),
        ("Aortic enlargement", "absent", ()),
        ("Atelectasis", "absent", ()),
        ("Cardiomegaly", "absent", ()),
        ("No finding", "present", ()),
    ]


CHEXPERT = (
    "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Cardiomegaly,Lung Opacity,Pneumothorax,Pleural Effusion,"
    "Support Devices\n"
)


def test_chexpert_values_views_and_ids(read_file):
    text = CHEXPERT + (
        "CheXpert-v1.0/train/patient00007/study2/view1_frontal.jpg,Female,68,Frontal,AP,,,1.0,0.0,-1.0,1.0\n"
        "CheXpert-v1.0/train/patient00008/study1/view2_lateral.jpg,Male,5,Lateral,,1.0,,,,,\n"
        "CheXpert-v1.0/train/patient00009/study1/view1_frontal.jpg,Male,5,Frontal,,1.0,,,,,7\n"
    )
    found = read_file("train.csv", text)
    assert [(x.study_id, x.finding.text, x.presence, x.view) for x in found if isinstance(x, ImageLabel)] == [
        ("patient00007/study2", "Lung Opacity", "present", "AP"),
        ("patient00007/study2", "Pneumothorax", "absent", "AP"),
        ("patient00007/study2", "Pleural Effusion", "uncertain", "AP"),
        ("patient00007/study2", "Support Devices", "present", "AP"),
        ("patient00008/study1", "No Finding", "present", "lateral"),
    ]
    assert rejects(found) == [(4, "bad_presence")]
    assert found[0].metadata["patient_id"] == "patient00007"
    assert found[0].metadata["patient_sex"] == "F"
    assert found[0].source.pointer == "row 2 column Lung Opacity"


def test_mimic_has_one_row_a_study(read_file):
    text = "subject_id,study_id,Atelectasis,Edema,No Finding,Pleural Effusion\n100,500,1.0,,,-1.0\n101,501,,,0.0,0.0\n"
    found = labels(read_file("mimic-cxr-chexpert.csv", text))
    assert [(x.study_id, x.finding.text, x.presence) for x in found] == [
        ("500", "Atelectasis", "present"),
        ("500", "Pleural Effusion", "uncertain"),
        ("501", "Pleural Effusion", "absent"),
    ]
    assert found[0].metadata["patient_id"] == "100"


PADCHEST = (
    "ImageID,StudyID,PatientID,PatientSex_DICOM,Projection,Report,Labels,Localizations,LabelsLocalizationsBySentence\n"
)


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        (
            "[['pleural effusion', 'loc right'], ['cardiomegaly']]",
            [("pleural effusion", ("right",), None), ("cardiomegaly", (), None)],
        ),
        (
            "[['pleural effusion', 'loc left', 'loc costophrenic angle']]",
            [("pleural effusion", ("left",), "costophrenic_angle")],
        ),
        ("[['nodule', 'loc lingula']]", [("nodule", ("left",), "lingula")]),
        ("[['infiltrates', 'loc middle lobe']]", [("infiltrates", ("right",), "middle_lobe")]),
        ("[['fibrosis', 'loc basal bilateral']]", [("fibrosis", ("left", "right"), "lung_base")]),
        ("['consolidation', 'loc right upper lobe']", [("consolidation", ("right",), "upper_lobe")]),
        ("[['atelectasis', 'pneumonia', 'loc left']]", [("atelectasis", (), None), ("pneumonia", ("left",), None)]),
        ("[['unchanged'], ['normal'], ['exclude']]", [("normal", (), None)]),
        (
            "[['mass', 'loc left', 'loc upper lobe', 'loc lower lobe']]",
            [("mass", ("left",), "upper_lobe"), ("mass", ("left",), "lower_lobe")],
        ),
    ],
)
def test_padchest_pairs_labels_and_places_by_sentence(read_file, sentences, expected):
    row = f"""1.png,77,9,F,PA,"texto, libre","['x']","['loc y']","{sentences}"\n"""
    found = labels(read_file("PADCHEST.csv", PADCHEST + row))
    assert [(x.finding.text, x.sides.values, x.site.site if x.site else None) for x in found] == expected
    assert (found[0].study_id, found[0].image_id, found[0].view) == ("77", "1.png", "PA")
    assert "report" not in found[0].metadata


def test_padchest_without_sentences_and_with_a_broken_list(read_file):
    rows = "1.png,77,9,F,L,,\"['cardiomegaly', 'COPD signs']\",[],\n2.png,78,9,F,L,,nonsense,[],\n"
    found = read_file("PADCHEST.csv", PADCHEST + rows)
    assert [(x.finding.text, x.view) for x in found if isinstance(x, ImageLabel)] == [
        ("cardiomegaly", "lateral"),
        ("COPD signs", "lateral"),
    ]
    assert rejects(found) == [(3, "bad_list")]


@pytest.mark.parametrize(("breast", "side"), [("LEFT", "left"), ("RIGHT", "right")])
def test_cbis_ddsm(read_file, breast, side):
    text = (
        "patient_id,breast_density,left or right breast,image view,abnormality id,abnormality type,mass shape,"
        "assessment,pathology,subtlety,image file path\n"
        f"P_00001,3,{breast},CC,1,mass,OVAL,4,MALIGNANT,4,Mass-Training_P_00001_{breast}_CC/1.3.6.1.4/1.3.6.5/000000.dcm\n"
    )
    (label,) = labels(read_file("mass_case_description_train_set.csv", text))
    assert (label.study_id, label.finding.text, label.sides.values) == ("1.3.6.1.4", "mass", (side,))
    assert (label.site.site, label.view, label.metadata["pathology"]) == ("breast", "CC", "MALIGNANT")


@pytest.mark.parametrize(("letter", "side"), [("L", "left"), ("R", "right")])
def test_vindr_mammo(read_file, letter, side):
    text = (
        "study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,breast_density,"
        "finding_categories,finding_birads,xmin,ymin,xmax,ymax,split\n"
        f"s,e,i,{letter},MLO,3518,2800,BI-RADS 4,DENSITY C,\"['Mass', 'Suspicious Calcification']\",BI-RADS 4,"
        "100,200,300,500,training\n"
        f"s,e,j,{letter},CC,3518,2800,BI-RADS 1,DENSITY C,['No Finding'],,,,,,training\n"
    )
    found = labels(read_file("finding_annotations.csv", text))
    assert [(x.finding.text, x.sides.values, x.site.site) for x in found] == [
        ("No Finding", (side,), "breast"),
        ("Mass", (side,), "breast"),
        ("Suspicious Calcification", (side,), "breast"),
    ]
    assert (found[1].geometry.image_width, found[1].geometry.width) == (2800, 200)
    assert found[1].metadata["breast_birads"] == "BI-RADS 4"


def test_luna_nodules_are_in_patient_coordinates(read_file):
    text = "seriesuid,coordX,coordY,coordZ,diameter_mm\n1.3.6,-128.6,-175.3,-298.3,5.65\n"
    text += "1.3.6,103.7,-211.9,-227.1,4.2\n1.3.6,3,-1,-2,9\n"
    found = labels(read_file("annotations.csv", text))
    assert [(x.sides.values, x.size_mm) for x in found] == [(("right",), (5.65,)), (("left",), (4.2,)), ((), (9.0,))]
    assert found[0].geometry.unit == "mm"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffstudy_id;finding;x;y;width;height;image_width\ns;Mass;700,5;10;100,25;50;1000\n",
        "study_id\tfinding\tx\ty\twidth\theight\timage_width\ns\tMass\t700.5\t10\t100.25\t50\t1000\n",
        "study_id|finding|x|y|width|height|image_width\ns|Mass|700.5|10|100.25|50|1000\n",
        "sep=;\nstudy_id;finding;x;y;width;height;image_width\ns;Mass;700.5;10;100.25;50;1000\n",
        '"study_id","finding","x","y","width","height","image_width"\r\n"s","Mass","700.5","10","100.25","50","1000"\r\n',
        "\n\nStudy-ID,FINDING,X,Y,Width,Height,Image Width\n\ns,Mass,700.5,10,100.25,50,1000\n\n",
        "study_id,finding,x,y,width,height,image_width\rs,Mass,700.5,10,100.25,50,1000\r",
    ],
    ids=["semicolon and decimal comma", "tab", "bar", "hint of Excel", "quotes", "blank lines", "old Mac"],
)
def test_tables_as_people_save_them(read_file, text):
    (label,) = labels(read_file("b.csv", text))
    assert (label.geometry.x, label.geometry.width, label.sides.values) == (700.5, 100.25, ("left",))


GOOD = "s,Mass,\n"


@pytest.mark.parametrize(
    ("rows", "expected", "kept"),
    [
        ("s,Mass, left,lung\n" + GOOD, [(2, "ragged_row")], 1),
        ('s,"Mass,\n' + GOOD, [(2, "unclosed_quote")], 1),
        ('s,"Mass,\n' + 's,"Nodule",x\n', [(2, "unclosed_quote")], 1),
        ("s,caf\udce9,\n" + GOOD, [(2, "not_utf8")], 1),
        ("s,Mass,\n" + GOOD, [(3, "duplicate_row")], 1),
        ("s," + "x" * (1 << 20) + ",\n" + GOOD, [(2, "huge_row")], 1),
        (GOOD + "s,Ma", [(3, "truncated_row")], 1),
        (GOOD + "s,Nodule\n", [], 2),
        (GOOD + 's,"Nodule\nof the lung",\n' + "t,Mass,\n", [], 3),
        (GOOD + 's,5" nodule,\n' + "t,Mass,\n", [], 3),
        (",Mass,\n" + GOOD, [(2, "missing_study_id")], 1),
        ("s,,\n" + GOOD, [(2, "missing_finding")], 1),
        ("s,nan,\n" + GOOD, [(2, "missing_finding")], 1),
    ],
)
def test_a_broken_row_costs_that_row(read_file, rows, expected, kept):
    found = read_file("b.csv", ("study_id,finding,remark\n" + rows).encode("utf-8", "surrogateescape"))
    assert rejects(found) == expected
    assert sum(isinstance(x, ImageLabel) for x in found) == kept


def test_a_number_between_0_and_1_is_no_presence(read_file):
    assert rejects(read_file("b.csv", "study_id,finding,presence\ns,Mass,0.37\n")) == [(2, "bad_presence")]


def test_a_table_of_notes_has_nothing_for_this_job(read_file):
    (reject,) = read_file("notes.csv", "note_id,text\n1,No effusion.\n")
    assert (reject.reason, reject.skipped) == ("missing_column", True)


def test_nothing_of_a_row_is_in_a_message(read_file):
    found = read_file("b.csv", "study_id,finding,x,y,width,height\ns,secret words,a,b,c,d\n")
    assert "secret" not in found[0].message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max_members = 200000", "max_members = 0", "1 or more"),
        ("[archive]", "[archives]", "'archive' is missing"),
        ('layout = "suffix"', 'layout = "sideways"', "layouts"),
        ("needs = [", "need = [", "need"),
        ("max_ratio = 100", "max_ratio =", "images.toml"),
    ],
)
def test_a_broken_configuration_is_named(home, tmp_path, old, new, message):
    (tmp_path / "configs").mkdir()
    (tmp_path / "ontologies").symlink_to(home.ontologies)
    shipped = (home.configs / "images.toml").read_text(encoding="utf-8")
    assert old in shipped
    (tmp_path / "configs" / "images.toml").write_text(shipped.replace(old, new), encoding="utf-8")
    with pytest.raises(OntologyError, match=message):
        load_table_rules(Home(tmp_path))


LESIONS = (
    "File_name,Patient_index,Study_index,Series_ID,Measurement_coordinates,Bounding_boxes,Lesion_diameters_Pixel_,"
    "Normalized_lesion_location,Coarse_lesion_type,Possibly_noisy,Spacing_mm_px_,Image_size,Patient_gender\n"
)


def lesion(boxes, kind):
    return (
        f'000007_02_01_040.png,7,2,1,"1, 2, 3, 4","{boxes}","30, 20","0.7, 0.5, 0.6",{kind},0,"0.8, 0.8, 5",'
        '"512, 512",M\n'
    )


def test_the_table_of_deeplesion(read_file):
    text = LESIONS + lesion("350, 180, 390, 220", 5) + lesion("100, 200, 140, 240", -1)
    lung, unknown = read_file("DL_info.csv", text)
    assert (lung.study_id, lung.image_id, lung.finding.text) == ("000007_02", "000007_02_01_040.png", "lung")
    assert (lung.geometry.x, lung.geometry.width, lung.geometry.image_width) == (350, 40, 512)
    assert (lung.sides.values, lung.sides.basis, lung.size_mm) == (("left",), "convention_geometry", (24.0, 16.0))
    assert (lung.modality, lung.view, lung.metadata["label_set"]) == ("CT", "axial", "deeplesion")
    assert (unknown.finding.text, unknown.sides.values) == ("unknown", ("right",))


@pytest.mark.parametrize(
    ("boxes", "kind", "reason"),
    [
        ("350, 180, 390", 5, "bad_box"),
        ("350, 180, 340, 220", 5, "bad_box"),
        ("900, 180, 940, 220", 5, "box_outside_image"),
        ("350, 180, 390, x", 5, "bad_number"),
        ("350, 180, 390, 220", 9, "unknown_category"),
        ("350, 180, 390, 220", 0, "unknown_category"),
    ],
)
def test_a_broken_row_of_deeplesion(read_file, boxes, kind, reason):
    found = read_file("DL_info.csv", LESIONS + lesion(boxes, kind) + lesion("100, 200, 140, 240", 1))
    assert [x.reason for x in found if isinstance(x, Reject)] == [reason]
    assert sum(isinstance(x, ImageLabel) for x in found) == 1


def test_a_row_over_several_lines_with_odd_bytes_is_named_and_the_next_one_read(read_file):
    reject, label = read_file("t.csv", b'study_id,finding,remark\ns1,Mass,"first\nm\xe9me\nlast"\ns2,Nodule,none\n')
    assert (reject.reason, reject.line) == ("not_utf8", 2)
    assert label.study_id == "s2"
